// A meeting as an application server of the 2.32 line sees it; tells it as JSON, last line.
const { OpenVidu } = require("openvidu-node-client");

const { OPENVIDU_URL: url, OPENVIDU_SECRET: secret } = process.env;

async function control(path, body) {
  const answer = await fetch(`${url}/_control/${path}`, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

const refusal = (promise) => promise.then(() => "none", (error) => error.message);

async function meeting() {
  const told = {};
  const openvidu = new OpenVidu(url, secret);
  const session = await openvidu.createSession({ customSessionId: "daily" });
  told.created = session.getSessionId();
  told.again = (await new OpenVidu(url, secret).createSession({ customSessionId: "daily" })).getSessionId();
  told.badId = await refusal(openvidu.createSession({ customSessionId: "no spaces" }));

  const promised = await session.createConnection({ role: "SUBSCRIBER", data: "server side" });
  told.pending = [promised.status, promised.role, promised.publishers, promised.activeAt];
  const updated = await session.updateConnection(promised.connectionId, { role: "PUBLISHER" });
  told.updated = updated.connectionProperties.role;
  const token = promised.token;
  const ana = await control("sessions/daily/join", { token, clientData: "Ana", publish: "camera" });
  told.sameConnection = ana.connectionId === promised.connectionId;
  const oldToken = await session.generateToken({ role: "SUBSCRIBER" });
  const ben = await control("sessions/daily/join", { token: oldToken, clientData: "Ben" });
  told.changed = await session.fetch();
  told.unchanged = await session.fetch();
  told.people = session.activeConnections
    .map((c) => [c.clientData, c.serverData, c.role, c.publishers.length, c.subscribers.length])
    .sort();
  told.video = session.activeConnections.flatMap((c) => c.publishers.map((p) => p.typeOfVideo));
  await openvidu.fetch();
  told.sessions = openvidu.activeSessions.map((s) => s.sessionId);

  const camera = await session.createConnection({ type: "IPCAM", rtspUri: "rtsp://cam.example/1" });
  told.camera = [camera.connectionProperties.type, camera.platform, camera.publishers.length];
  told.cameraStream = await refusal(session.forceUnpublish(camera.publishers[0]));
  await session.forceDisconnect(camera);

  const started = await openvidu.startRecording("daily", { name: "standup", frameRate: 30 });
  told.started = [started.id, started.status, started.properties.frameRate, started.properties.resolution];
  told.twice = await refusal(openvidu.startRecording("daily"));
  told.running = await refusal(openvidu.deleteRecording(started.id));
  const stopped = await openvidu.stopRecording(started.id);
  told.stopped = [stopped.status, stopped.duration >= 0];
  told.found = (await openvidu.getRecording(started.id)).properties.name;
  told.recordings = (await openvidu.listRecordings()).map((r) => r.id);
  await openvidu.deleteRecording(started.id);
  told.deleted = await refusal(openvidu.getRecording(started.id));
  told.unknown = await refusal(openvidu.stopRecording("nightly"));

  await session.forceUnpublish(ana.streamId);
  await session.fetch();
  told.unpublished = session.activeConnections.flatMap((c) => c.publishers).length;
  await session.forceDisconnect(ben.connectionId);
  await session.fetch();
  told.left = session.activeConnections.map((c) => c.clientData);
  await session.close();
  told.closed = await refusal(session.fetch());
  told.secret = await refusal(new OpenVidu(url, "wrong").createSession());
  return told;
}

meeting().then(
  (told) => process.stdout.write(`\n${JSON.stringify(told)}\n`),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
