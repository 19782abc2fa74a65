// How long openvidu-node-client takes to read all sessions; tells it as JSON, last line.
const { performance } = require("node:perf_hooks");
const { OpenVidu } = require("openvidu-node-client");

const { OPENVIDU_URL: url, OPENVIDU_SECRET: secret, RUNS: runs } = process.env;

async function measure() {
  const walls = [];
  let grown = 0;
  let cpu;
  for (let run = 0; run <= Number(runs); run += 1) {
    const openvidu = new OpenVidu(url, secret); // a fresh one, with nothing to compare to
    openvidu.enableProdMode();
    openvidu.host = url;
    const before = process.resourceUsage().maxRSS;
    const begun = performance.now();
    await openvidu.fetch();
    walls.push(performance.now() - begun);
    if (run === 0) {
      grown = (process.resourceUsage().maxRSS - before) * 1024;
      cpu = process.cpuUsage();
    }
  }
  walls.shift();
  walls.sort((a, b) => a - b);
  const { user, system } = process.cpuUsage(cpu);
  return {
    wall: walls[Math.floor(walls.length / 2)],
    cpu: (user + system) / 1000 / Number(runs),
    grown,
  };
}

measure().then(
  (found) => process.stdout.write(`\n${JSON.stringify(found)}\n`),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
