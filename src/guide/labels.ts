/** What a field of a form, or a column of a table, is for. */
export type Label = 'port' | 'mode' | 'host' | 'type';

/** The kind of a label, in English or German; undefined for those of other fields. */
export const isLabel = (label: string): Label | undefined => {
  if (label.length > 70 || /passw|kennwort|authent|user ?name|benutzer|e-?mail|address\b.*mail|login/i.test(label))
    return undefined;
  if (/\b(?:server-?)?ports?(?:nummer|-?nr\.?)?\b/i.test(label)) return 'port';
  if (MODES.test(label)) return 'mode';
  if (
    /\b(?:account|server|konto|mail)?[- ]?(?:type|typ|protocol|protokoll)\b|kontotyp|servertyp|^service$|^dienst$/i.test(
      label,
    )
  )
    return 'type';
  return /server|host/i.test(label) ? 'host' : undefined;
};

/** The protocols of “incoming” or “outgoing” mail. */
export const wayIn = (text: string): readonly string[] | undefined => {
  if (OUTGOING.test(text)) return INCOMING.test(text) ? undefined : SENT_BY;
  return INCOMING.test(text) ? READ_BY : undefined;
};

/** Whether words are about how a user’s client sends. */
export const sendingIn = (label: string): boolean => SENDING.test(label) && !INCOMING.test(label);

/** The same of a line, and of a sentence, which may be about something else, too. */
export const asksToSendIn = (text: string, isSentence: boolean): boolean =>
  (OUTGOING.test(text) || FROM_CLIENT.test(text) || TO_SEND.test(text)) &&
  !INCOMING.test(text) &&
  !BETWEEN_SERVERS.test(text) &&
  (!isSentence || ASKS.test(text));

const MODES =
  /encryption|security|secure connection|connection type|verschlüsselung|verbindungssicherheit|sicherheit|verbindungsart|socket ?type|^(?:use |requires? |needs )?(?:SSL|TLS|STARTTLS|SSL ?\/ ?TLS)(?: required| erforderlich| enabled)?\??$|^method$|^mode$/i;
const INCOMING = /\bincoming\b|\beingehend\w*|\bposteingang\w*|\breceiving\b|\bempfang\w*/i;
const OUTGOING = /\boutgoing\b|\bausgehend\w*|\bpostausgang\w*|\bsending\b|\bversand\w*/i;
const SENDING = /\boutgoing\b|\bausgehend\w*|\bpostausgang\w*|\bsubmission\b/i;
const FROM_CLIENT =
  /\b(?:submit|send)\b[^.;]{0,30}\bfrom (?:your|a|the|any) (?:e?-?mail )?(?:client|program|app|phone|computer)\b/i;
const TO_SEND =
  /\b(?:to|for) (?:send|sending) (?:(?:e?-?mails?|messages?)\b|your )|\bzum (?:Senden|Versenden|Verschicken)\b/i;
/** Between servers 25 is right; and where it is to be changed from 25, another one is meant. */
const BETWEEN_SERVERS =
  /\b(?:between (?:mail )?servers|each other|other (?:mail )?servers|relay\w*|MX|zwischen (?:Mail)?servern)\b|\b(?:from|von) (?:port )?25\b|\b25\b[^.;]{0,25}\b(?:to|by|auf|durch)\b[^.;]{0,12}\b(?:465|587|2525)\b/i;
const ASKS =
  /\b(?:use|set|enter|choose|select|type|verwende\w*|nutze\w*|eintragen|eingeben|wählen)\b|\b(?:your|ihr|dein) (?:outgoing|ausgehende\w*|postausgang\w*)[^.;]{0,30}\b(?:is|ist|lautet)\b/i;
const READ_BY: readonly string[] = ['IMAP', 'POP3'];
const SENT_BY: readonly string[] = ['SMTP'];
