/** The texts of the card. */

const ENGLISH = {
  answer: "Answer",
  decline: "Decline",
  talk: "Talk",
  hang_up: "Hang up",
  mute: "Mute",
  unmute: "Unmute",
  listen: "Look and listen",
  stop: "Stop",
  volume: "Volume",
  confirm: "Really?",
  idle: "Nobody is calling",
  ringing: "Somebody is ringing",
  ringing_by: "{caller} is ringing",
  dialing: "Calling …",
  early_media: "Calling …",
  in_call: "In a call",
  answered_by: "{name} has answered",
  unavailable: "Not available",
  no_device: "Choose a doorbell or intercom in the settings of this card.",
  insecure:
    "The microphone needs HTTPS: open Home Assistant by an https:// address to talk.",
  microphone: "The microphone was refused. Allow it in the browser to talk.",
  lost: "The connection was lost.",
  failed: "That did not work: {error}",
  device: "Device",
  title: "Title",
  popup: "Show a ring above everything",
  ring: "Ring tone",
  confirm_open: "Ask before opening a door",
  replies: "Quick replies",
  tts: "Voice of the quick replies",
  description: "Answer, see, talk and open, for doorbells and intercoms.",
};

const GERMAN: typeof ENGLISH = {
  answer: "Annehmen",
  decline: "Ablehnen",
  talk: "Sprechen",
  hang_up: "Auflegen",
  mute: "Stumm",
  unmute: "Ton an",
  listen: "Sehen und hören",
  stop: "Beenden",
  volume: "Lautstärke",
  confirm: "Wirklich?",
  idle: "Niemand ruft an",
  ringing: "Es läutet",
  ringing_by: "{caller} läutet",
  dialing: "Ruft an …",
  early_media: "Ruft an …",
  in_call: "Im Gespräch",
  answered_by: "{name} hat angenommen",
  unavailable: "Nicht verfügbar",
  no_device: "Wählen Sie in den Einstellungen dieser Karte eine Klingel oder Sprechanlage.",
  insecure:
    "Das Mikrofon braucht HTTPS: Öffnen Sie Home Assistant über eine https://-Adresse, um zu sprechen.",
  microphone: "Das Mikrofon wurde verweigert. Erlauben Sie es im Browser, um zu sprechen.",
  lost: "Die Verbindung ging verloren.",
  failed: "Das ging nicht: {error}",
  device: "Gerät",
  title: "Titel",
  popup: "Läuten über allem anzeigen",
  ring: "Klingelton",
  confirm_open: "Vor dem Öffnen einer Tür fragen",
  replies: "Schnellantworten",
  tts: "Stimme der Schnellantworten",
  description: "Annehmen, sehen, sprechen und öffnen, für Klingeln und Sprechanlagen.",
};

export type TextKey = keyof typeof ENGLISH;

export function textOf(
  language: string,
  key: TextKey,
  values: Record<string, string> = {},
): string {
  const texts = language.startsWith("de") ? GERMAN : ENGLISH;
  return texts[key].replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
