// Times as the reader's zone and language tell them, including the formats of <!date^…>.

const STYLES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const PRETTY = { date_pretty: "date", date_short_pretty: "date_short", date_long_pretty: "date_long" };
const DAY = 86_400_000;

/** A message's `ts` as a Date. */
export function ofTs(ts) {
  return new Date(Number(ts) * 1000);
}

export function clock(date) {
  return told(date, "time");
}

export function clockWithSeconds(date) {
  return told(date, "time_secs");
}

export function full(date) {
  return `${told(date, "date_long")}, ${told(date, "time_secs")}`;
}

/** "today", "yesterday", or the date. */
export function day(date, style = "date_long") {
  const distance = Math.round((midnight(date) - midnight(new Date())) / DAY);
  if (Math.abs(distance) > 1) return told(date, style);
  return relative(distance, "day");
}

/** The text of a `<!date^…>`: its format with the known tokens filled in. */
export function dateFormat(date, format) {
  return format.replace(/\{(\w+)\}/g, (token, name) => {
    if (Object.hasOwn(STYLES, name)) return told(date, name);
    if (Object.hasOwn(PRETTY, name)) return day(date, PRETTY[name]);
    return name === "ago" ? ago(date) : token;
  });
}

function told(date, style) {
  return new Intl.DateTimeFormat(undefined, STYLES[style]).format(date);
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["second", 1];
  return relative(Math.round(seconds / size), unit);
}

function relative(distance, unit) {
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(distance, unit);
}
