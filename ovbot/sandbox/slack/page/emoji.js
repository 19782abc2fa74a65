// The emoji shortcodes that bots commonly write. One that is not here is shown as it was typed.

const EMOJI = {
  arrow_down: "⬇️", arrow_forward: "▶️", arrow_left: "⬅️", arrow_right: "➡️", arrow_up: "⬆️",
  arrows_counterclockwise: "🔄", ballot_box_with_check: "☑️", bar_chart: "📊", bell: "🔔",
  black_circle: "⚫", black_circle_for_record: "⏺️", black_square_for_stop: "⏹️", broom: "🧹",
  bulb: "💡", bust_in_silhouette: "👤", busts_in_silhouette: "👥", calendar: "📆", camera: "📷",
  clapper: "🎬", clipboard: "📋", clock1: "🕐", computer: "💻", desktop_computer: "🖥️",
  door: "🚪", double_vertical_bar: "⏸️", electric_plug: "🔌", exclamation: "❗", eyes: "👀",
  file_folder: "📁", floppy_disk: "💾", gear: "⚙️", globe_with_meridians: "🌐",
  green_circle: "🟢", grey_question: "❔", hammer_and_wrench: "🛠️", heavy_check_mark: "✔️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", information_source: "ℹ️", key: "🔑",
  large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠",
  large_yellow_circle: "🟡", link: "🔗", lock: "🔒", loudspeaker: "📢", mag: "🔍", mega: "📣",
  memo: "📝", microphone: "🎤", movie_camera: "🎥", mute: "🔇", no_bell: "🔕", no_entry: "⛔",
  no_entry_sign: "🚫", octagonal_sign: "🛑", package: "📦", person_raising_hand: "🙋",
  pushpin: "📌", question: "❓", red_circle: "🔴", repeat: "🔁", robot_face: "🤖",
  rotating_light: "🚨", satellite: "🛰️", satellite_antenna: "📡", scroll: "📜", shield: "🛡️", sleeping: "😴",
  speech_balloon: "💬", stopwatch: "⏱️", tada: "🎉", telephone_receiver: "📞", thread: "🧵",
  thumbsdown: "👎", thumbsup: "👍", timer_clock: "⏲️", tv: "📺", unlock: "🔓",
  video_camera: "📹", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_check_mark: "✅",
  white_circle: "⚪", wrench: "🔧", x: "❌", zap: "⚡", zzz: "💤", "+1": "👍", "-1": "👎",
};

/** The character for a shortcode without its colons, or undefined. */
export function emoji(name) {
  return Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
}
