/** How guides word a claim of the table (`knowledge/claims.ts`), in English and German. */
export interface Wording {
  /** Each pattern matches within one sentence; its work is linear, as every gap in it is bounded. */
  readonly said?: readonly RegExp[];
  /** The claim denies something itself, so that a negation inside of the match does not turn it round. */
  readonly denies?: true;
  /** Negations inside of a match of such a claim that are not its own: they turn it round all the same. */
  readonly turned?: RegExp;
  /** Words in the sentence that make it right, or somebody else's. */
  readonly unless?: RegExp;
  /** It is right in part: a guide that says it gets a note, not a correction. */
  readonly qualified?: true;
}

/** By the id of the claim; a claim that is recognised by its numbers alone has none. */
export const WORDINGS: Readonly<Record<string, Wording>> = {
  'smtps-567': {
    said: [/\b567\b[^.;]{0,20}\b(?:is|was|for|war|ist)\b[^.;]{0,20}\bSMTPS?\b/i],
  },
  'tls-by-default-587': {
    said: [
      /\b587\b[^.;]{0,60}\b(?:TLS|SSL|encrypt\w*)\b[^.;]{0,20}\bby default\b/i,
      /\b587\b[^.;]{0,20}\bby default\b[^.;]{0,20}\b(?:TLS|SSL|encrypt\w*)\b/i,
      /\b587\b[^.;]{0,40}\b(?:implicit TLS|always encrypted|encrypted from the (?:start|first byte|beginning)|TLS from the (?:start|first byte|beginning))\b/i,
      /\b587\b[^.;]{0,60}\bstandardmäßig\b[^.;]{0,30}(?:TLS|SSL|verschlüssel)/i,
      /\b587\b[^.;]{0,40}\b(?:immer verschlüsselt|von Anfang an verschlüsselt)/i,
    ],
    unless: /\bSTARTTLS\b/i,
  },
  'unencrypted-587': {
    said: [
      /\b587\b[^.;,]{0,15}\bis (?:for|used for|suitable for|meant for) (?:non-encrypted|unencrypted|plain(?:-?text)?|insecure|clear-?text) (?:connections?|mail|SMTP|traffic|sending)\b/i,
      /\b587\b[^.;,]{0,15}\b(?:ist|dient)\b[^.;,]{0,10}\bfür unverschlüsselte\b/i,
    ],
  },
  'every-secure-port': {
    said: [
      /\b(?:143|110)\b[^.;,]{0,25}\b(?:is|are|uses?)\b[^.;,]{0,15}\b(?:TLS|SSL|encrypt\w*|secure)\b[^.;,]{0,12}\bby default\b/i,
      /\b(?:143|110)\b[^.;,]{0,15}\b(?:is|are) always encrypted\b/i,
      /\b(?:each|every|all)(?: of)?(?: (?:the|these|those))? secure (?:mail )?ports? (?:uses?|has|have) (?:TLS|SSL|encryption) by default\b/i,
      /\bjeder sichere Port (?:nutzt|verwendet) standardmäßig (?:TLS|SSL)\b/i,
    ],
  },
  'deprecated-465': {
    said: [
      /\b465\b[^.;,]{0,30}\b(?:is|has been|was)\b[^.;,]{0,20}\b(?:deprecated|obsolete|outdated|not recommended|no longer (?:used|recommended|supported|standard))\b/i,
      /\b(?:deprecated|obsolete|outdated) (?:SMTPS? )?port 465\b/i,
      /\b465\b ?[:–—-] ?(?:an? |the )?(?:deprecated|obsolete|outdated)(?: port)?(?: (?:that )?you should (?:no longer|not) use)?\b/i,
      /\b465\b[^.;,]{0,10}\bshould (?:no longer|not|never) be used\b/i,
      /\b465\b[^.;,]{0,30}\b(?:ist|gilt als|wurde)\b[^.;,]{0,20}(?:\b(?:veraltet|abgekündigt)| überholt)\b(?: und sollte nicht mehr (?:verwendet|benutzt|genutzt) werden)?/i,
      /\bveraltete[nr]? (?:SMTPS?[- ])?Port 465\b/i,
    ],
    denies: true,
    turned:
      /\b(?:no|not|never|nor|wrongly|falsely|mistakenly|hardly|anything but|far from|nicht|nie|niemals|kein\w*|kaum|zu unrecht)\b(?! (?:recommended|mehr (?:verwendet|benutzt|genutzt)|(?:be )?used?|longer (?:be )?(?:used?|recommended|supported|standard)))/i,
    unless:
      /\b(?:relay\w*|between servers|MX|without|unless|STARTTLS|for a time|once|came back|brought back|whether|by some|(?:19|20)\d\d|until|reinstated|given back|(?:RFC )?8314|again|wieder)\b/i,
  },
  'tls-on-443-only': {
    said: [
      /\bport 443\b[^.;]{0,20}\bfor (?:all|every|any) (?:TLS|SSL)\b/i,
      /(?<!HTTP over |HTTPS? (?:and|over|with) )\b(?:TLS|SSL)(?: ?1\.[0-3])? (?:(?:always|only) (?:uses|runs on|works on|listens on)|requires|needs) (?:TCP )?port 443\b/i,
      /\b(?:TLS|SSL)(?: ?1\.[0-3])? (?:nutzt|verwendet|läuft) (?:immer|nur) (?:über |auf )?(?:den )?(?:TCP-)?Port 443\b/i,
    ],
  },
  'port-encrypts': {
    said: [
      /\bport (?:\d{2,5} )?(?:itself )?(?:encrypts|guarantees (?:encryption|TLS|SSL|security))\b/i,
      /\b(?:using|choosing|selecting) port \d{2,5} (?:alone )?(?:guarantees|encrypts|makes sure)\b/i,
      /\b(?:der )?Port (?:\d{2,5} )?(?:selbst )?(?:verschlüsselt|garantiert (?:die |eine )?(?:Verschlüsselung|TLS|SSL))/i,
    ],
  },
  'starttls-preferred': {
    said: [
      /\b(?:modern|new|newer|current)\b[^.;]{0,60}\bSTARTTLS\b[^.;]{0,30}\b(?:rather than|instead of|over)\b[^.;]{0,40}\b(?:dedicated|separate|implicit|SSL ports?|465|993|995)\b/i,
      /\bSTARTTLS (?:is|are)[^.;]{0,20}\b(?:preferred|better|more secure|recommended|safer|more modern)\b[^.;]{0,12}\b(?:than|over|to)\b[^.;]{0,30}\b(?:implicit|SSL|dedicated|separate|465|993|995)\b/i,
      /\bSTARTTLS ist[^.;]{0,30}\b(?:sicherer|moderner|besser)\b[^.;]{0,12}\bals\b[^.;]{0,30}(?:implizit|SSL|465|993|995)/i,
    ],
  },
  'starttls-is-ssl': {
    said: [
      /\b(?:STARTTLS (?:and|or) (?:SSL|TLS|SSL\/TLS)|(?:SSL|TLS|SSL\/TLS) (?:and|or) STARTTLS) (?:are|mean|is) (?:exactly |just |basically )?(?:the same|identical|equivalent|interchangeable)\b/i,
      /\b(?:STARTTLS und (?:SSL|TLS|SSL\/TLS)|(?:SSL|TLS|SSL\/TLS) und STARTTLS) (?:sind|bedeuten) (?:dasselbe|das Gleiche|identisch|gleich)\b/i,
    ],
  },
  'ssl-safer-than-tls': {
    said: [
      /(?<!\/ ?)\bSSL is (?:much |far |even )?(?:more secure|safer|better|stronger|newer|more modern) than TLS\b(?! ?[/(])/i,
      /(?<!\/ ?)\bSSL ist (?:viel )?(?:sicherer|besser|moderner|neuer) als TLS\b(?! ?[/(])/i,
    ],
  },
  'no-encryption-in-protocol': {
    said: [
      /\b(?:SMTP|IMAP4?|POP3?) (?:does not|doesn['’]t|cannot|can['’]t) (?:support|offer|use|provide) (?:any )?(?:encryption|TLS|SSL)\b/i,
      /\b(?:SMTP|IMAP4?|POP3?) (?:cannot|can['’]t|can never) be encrypted\b/i,
      /\b(?:SMTP|IMAP4?|POP3?) (?:unterstützt|bietet|kennt) keine (?:Verschlüsselung|TLS)\b/i,
    ],
    denies: true,
    unless: /\b(?:our|unser\w*|this|your|by itself|on its own|until|without|before|old\w*|some|if|when|wenn|falls)\b/i,
  },
  'no-security-25': {
    said: [
      /\bport 25\b[^.;]{0,30}\b(?:has no(?: inherent| built-in)?|lacks any|offers no) (?:security|encryption|TLS)\b/i,
      /\bport 25\b (?:can ?not|can never|can't) be encrypted\b/i,
      /\bport 25\b does not support (?:TLS|encryption|STARTTLS)\b/i,
      /\bport 25 is (?:always|never) (?:unencrypted|encrypted)\b/i,
      /\bPort 25\b (?:hat keine|bietet keine|kennt keine|unterstützt keine) (?:Sicherheit|Verschlüsselung)/i,
      /\bPort 25 ist (?:immer|stets) unverschlüsselt\b/i,
    ],
    denies: true,
    unless: /\b(?:our|unser\w*|this)\b[^.;]{0,15}\bserver\b/i,
  },
  'safer-465-than-25': {
    said: [
      /\b465\b[^.;]{0,30}\b(?:more secure|safer|(?:the )?(?:secure|encrypted) (?:version|variant|form))\b[^.;]{0,12}\b(?:than|of)\b[^.;]{0,12}\b25\b/i,
      /\b465\b[^.;]{0,30}\b(?:sicherer|die sichere (?:Variante|Version))\b[^.;]{0,12}\b(?:als|von)\b[^.;]{0,12}\b25\b/i,
    ],
  },
  'unencrypted-443': {
    said: [/\b(?:80 (?:and|or) )?443\b (?:are|is)(?: used)? for (?:unencrypted|plain|clear-?text) (?:HTTP|web)/i],
  },
  'http2-requires-tls': {
    said: [/\bHTTP\/2 (?:requires|needs|mandates|only works (?:with|over)) (?:TLS|SSL|HTTPS|encryption)\b/i],
    unless: /\bbrowsers?\b/i,
  },
  'rdp-unencrypted': {
    said: [
      /\b(?:RDP|3389)\b[^.;]{0,30}\b(?:is not|isn['’]t) encrypted(?: by default)?\b/i,
      /\bRDP\b[^.;]{0,30}\bis unencrypted\b/i,
    ],
    denies: true,
  },
  'standard-2525': {
    said: [
      /\b2525\b[^.;]{0,15}\bis (?:a|an|the) (?:IANA |official |registered |standard )+(?:SMTP |submission |mail )?port\b/i,
      /\b(?:the |a )?(?:standard|official) port 2525\b/i,
      /\bder Standard-?port 2525\b/i,
    ],
  },
  'closes-443': {
    said: [
      /\b443\b[^.;]{0,40}\bwithout TLS\b[^.;]{0,20}\b(?:closes?|is closed|drops?|is dropped|disconnects)\b[^.;]{0,15}\b(?:at once|immediately|instantly)\b/i,
      /\b(?:closes?|drops?)\b[^.;]{0,50}\b443\b[^.;]{0,20}\bwithout TLS\b[^.;]{0,15}\b(?:at once|immediately|instantly)?/i,
    ],
  },
  'law-requires-443': {
    said: [
      /\b(?:PCI|HIPAA|GDPR|DSGVO)\b[^.;]{0,30}\b(?:requires?|mandates?|demands?|verlang(?:t|en)|forder(?:t|n))\b[^.;]{0,25}\bport 443\b/i,
      /\bport 443\b[^.;]{0,20}\bis (?:required|mandated|demanded) by\b[^.;]{0,20}\b(?:PCI|HIPAA|GDPR)\b/i,
    ],
  },
  'disable-80': {
    said: [/\b(?:disable|close|block) port 80\b/i, /\bPort 80 (?:schließen|sperren|abschalten|deaktivieren)\b/i],
    qualified: true,
  },
  'login-in-clear': {
    said: [
      /\b(?:choose|select|set|use)\b[^.;]{0,40}\b(?:connection security|security type|connection type|security|encryption(?: type| method)?)\b[^.;]{0,10}\b(?:to |as )?["“'„]?none\b/i,
      /\b(?:encryption|TLS|SSL)(?: on port \d{2,5})? is (?:not needed|not required|unnecessary|optional)\b/i,
      /\b(?:encryption|TLS|SSL) is only (?:needed|necessary|required|useful|important)\b[^.;]{0,20}\b(?:public|open|hotel|free|foreign)\b/i,
      /\b(?:untick|uncheck|deselect|clear|do not tick|don['’]t tick|do not check)\b[^.;]{0,40}\b(?:requires? (?:an? )?(?:encrypted|secure|SSL|TLS)\b|use (?:SSL|TLS)\b)/i,
      /\bleave\b[^.;]{0,40}\b(?:requires? (?:an? )?(?:encrypted|secure|SSL|TLS)\b|use (?:SSL|TLS)\b)[^.;]{0,30}\b(?:unticked|unchecked|off|empty|blank|cleared)\b/i,
      /\b(?:Verschlüsselung|TLS|SSL) ist (?:nicht (?:nötig|notwendig|erforderlich)|unnötig)\b/i,
    ],
    denies: true,
    turned:
      /\b(?:not|never|don['’]t|avoid|nicht|nie|niemals|kein\w*)\b(?! (?:needed|required|tick|check|nötig|notwendig|erforderlich))/i,
    unless: /\b(?:not only|localhost|127\.0\.0\.1|loopback|VPN|API|webmail)\b/i,
  },
  'vpn-replaces-tls': {
    said: [
      /\bVPN\b[^.;]{0,40}\b(?:makes?|renders?)\b[^.;]{0,30}\b(?:TLS|SSL|STARTTLS|encryption)\b[^.;]{0,20}\b(?:unnecessary|superfluous|redundant|obsolete|optional)\b/i,
      /\b(?:with|over|through|via|using|uses?|inside|have|behind|in|on)\b[^.;]{0,12}\bVPN\b[^.;]{0,60}\b(?:no need for|(?:do not|don['’]t|no longer) (?:need|require)|needs? no|can (?:turn off|switch off|disable|do without|skip))\b[^.;]{0,25}\b(?:TLS|SSL|STARTTLS|encryption)\b/i,
      /\bVPN\b[^.;]{0,60}\b(?:TLS|SSL|STARTTLS|encryption)\b[^.;]{0,12}\b(?:is|are|can be) (?:not (?:needed|required|necessary)|no longer (?:needed|required|necessary)|unnecessary|superfluous|redundant|turned off|switched off|disabled)\b/i,
      /\b(?:TLS|SSL|STARTTLS|encryption)\b[^.;]{0,12}\b(?:is|are) (?:not (?:needed|required|necessary)|unnecessary|superfluous|redundant)\b[^.;]{0,30}\bVPN\b/i,
      /\bVPN\b[^.;]{0,12}\b(?:replaces|is a (?:replacement|substitute) for|instead of)\b[^.;]{0,12}\b(?:TLS|SSL|STARTTLS|encryption)\b/i,
      /\bVPN\b[^.;]{0,40}\b(?:TLS|SSL|STARTTLS|Verschlüsselung)\b[^.;]{0,20} (?:überflüssig|unnötig|nicht (?:nötig|notwendig|erforderlich))/i,
      /\b(?:TLS|SSL|STARTTLS|Verschlüsselung) ist[^.;]{0,12} (?:überflüssig|unnötig|nicht (?:nötig|notwendig|erforderlich))\b[^.;]{0,20}\bVPN\b/i,
      /\bVPN\b[^.;]{0,12}\bersetzt (?:TLS|SSL|die Verschlüsselung)\b/i,
    ],
    denies: true,
    turned:
      /\b(?:not|never|nor|hardly)\b(?= (?:make|render|replace|a |an |instead|superfluous|redundant|unnecessary))|n['’]t (?:make|render|replace)\b|\bno (?:replacement|substitute)\b|\b(?:nicht|nie) (?:überflüssig|unnötig)\b/i,
    unless: /\b(?:TLS|SSL)[- ](?:certificate|client|VPN)\b|\b(?:still|even|only on the way|trotzdem|dennoch)\b/i,
  },
  'tls-if-available': {
    said: [
      /\b(?:choose|select|set|use|pick|tick|enable)\b[^.;]{0,50}\b(?:STARTTLS|TLS|SSL),? (?:if|when) (?:it is )?(?:available|possible)\b/i,
      /^["“„]?(?:STARTTLS|TLS|SSL), if (?:available|possible)["”“]?\.?$/i,
      /\b(?:STARTTLS|TLS|SSL),? (?:wenn|falls|sofern) (?:möglich|verfügbar)["“]? (?:wählen|auswählen|einstellen|verwenden)/i,
    ],
    unless: /\b(?:25|MX|relay|opportunistic\w*|opportunistisch\w*|servers)\b/i,
  },
  'accept-any-certificate': {
    said: [
      /\b(?:accept|ignore|confirm|dismiss|click through)\b[^.;]{0,30}\b(?:certificate|SSL|TLS) (?:warnings?|errors?)\b/i,
      /\b(?:choose|select|tick|enable|set|use)\b[^.;]{0,40}\baccept all (?:SSL |TLS )?certificates\b/i,
      /\b(?:warn(?:s|ings?)?|errors?|messages?|alerts?|prompts?|untrusted|invalid|expired|problems?)\b[^.;]{0,30}\bcertificate\b[^.;]{0,40}\b(?:click|tap|press|choose|select|confirm with) (?:on )?[\"“'‘„]?(?:continue|accept|ok|okay|yes|trust|proceed|ignore)\b/i,
      /\bcertificate\b[^.;]{0,30}\b(?:warnings?|errors?|messages?|alerts?|prompts?|(?:not|cannot|can['’]t) be (?:trusted|verified)|(?:is|isn['’]t|is not) (?:trusted|valid|verified|untrusted|invalid|expired)|problems?)\b[^.;]{0,40}\b(?:click|tap|press|choose|select|confirm with) (?:on )?[\"“'‘„]?(?:continue|accept|ok|okay|yes|trust|proceed|ignore)\b/i,
      /\bZertifikats?-?(?:warnung|fehler|meldung)\w*\b[^.;]{0,50}(?:klicken|tippen|wählen) Sie (?:einfach )?(?:auf )?["“'‘„]?(?:weiter|fortfahren|akzeptieren|ok|ja|vertrauen)\b/i,
      /\b(?:disable|turn off|switch off) certificate (?:verification|validation|checks?)\b/i,
      /\bZertifikats(?:warnung|fehler|meldung)(?:en)?\b[^.;]{0,30}\b(?:ignorieren|bestätigen|akzeptieren|wegklicken)\b/i,
      /\balle Zertifikate akzeptieren\b/i,
    ],
    unless:
      // “If you ignore certificate warnings …” tells what follows; “Ignore the warning if it appears” is advice.
      /\b(?:if|when|whoever|wer|wenn|falls)\b[^,]*\b(?:accept|ignor|confirm|dismiss|click|disabl|turn|switch|bestätig|akzeptier|wegklick)|\b(?:fingerprint|Fingerabdruck|matches|own (?:CA|authority)|eigene CA|issued by us)\b|\b(?:dangerous|risk\w*|danger|attackers?|anybody can|gefährlich\w*|riskant|riskier\w*)\b/i,
  },
  'self-signed': {
    said: [
      /\bself-signed(?: certificates?)?\b[^.;]{0,30}\b(?:is|are) (?:perfectly |absolutely |totally )?(?:fine|okay|ok|safe|secure|enough|sufficient|good enough)\b/i,
      /\bselbst ?signierte[sn]?\b[^.;]{0,40}\b(?:ist|sind|genügt|genügen|reicht|reichen)\b[^.;]{0,20}(?:in Ordnung|sicher|ausreichend|aus|okay|\.|$)/i,
    ],
    unless: /\b(?:pin\w*|fingerprints?|own CA|own authority|tests?|Fingerabdr\w+|eigene CA)\b/i,
  },
  'staple-ocsp': {
    said: [
      /\bOCSP[- ]stapling (?:must|has to|should|is required|is mandatory)\b/i,
      /\b(?:enable|turn on|switch on|activate|use) OCSP[- ]stapling\b/i,
      /\bOCSP[- ]Stapling (?:aktivieren|einschalten)\b/i,
    ],
    unless: /\bif\b|\bwhere\b|\bfalls\b|\bsofern\b/i,
    qualified: true,
  },
  'aes-256-needed': {
    said: [
      /\bAES[- ]?256\b[^.;]{0,20}\b(?:is|are) (?:needed|required|necessary|mandatory|a must)\b/i,
      /\b(?:needs?|requires?|must use|accept only|allow only) AES[- ]?256\b/i,
      /\bAES[- ]?256 ist (?:nötig|notwendig|erforderlich|Pflicht|zwingend)\b/i,
    ],
  },
  'rsa-key-transport': {
    said: [
      /\bRSA key (?:transport|exchange) is how (?:TLS|SSL) works\b/i,
      /\b(?:client|browser)\b[^.;]{0,30}\bencrypts\b[^.;]{0,40}\b(?:pre-?master(?: secret| key)?|session key|symmetric key|secret)\b[^.;]{0,30}\b(?:public|RSA) key\b/i,
    ],
    unless: /\b(?:old|older|TLS 1\.[0-2]|formerly|once|historically)\b/i,
  },
  'sni-names-service': {
    said: [
      /\bSNI\b[^.;]{0,20}\b(?:indicates|names|tells|selects|specifies|identifies)\b[^.;]{0,25}\b(?:service|protocol|application)\b/i,
    ],
  },
  'handshake-hides-protocol': {
    said: [
      /\bTLS 1\.3 encrypts (?:the |its )?(?:whole |entire )?handshake\b[^.;]{0,60}\b(?:cannot|can't|impossible|indistinguishable|no one can|nobody can)\b/i,
    ],
    denies: true,
    unless: /\bECH\b/,
  },
  'end-to-end': {
    said: [
      /\b(?:TLS|SSL|STARTTLS)\b[^.;]{0,40}\b(?:encrypted|protected|secured?|encrypts?|protects?)\b[^.;]{0,30}\ball the way to (?:the|your) recipients?\b/i,
      /\b(?:TLS|SSL|STARTTLS)\b[^.;]{0,40}\bonly (?:you and )?(?:the|your) recipients? can read\b/i,
      /\b(?:TLS|SSL|STARTTLS)\b[^.;]{0,40}\bverschlüsselt\b[^.;]{0,20}\bbis zum Empfänger\b/i,
      /^(?:it |TLS |SSL )?encrypts (?:(?:your |the |all )?(?:mails?|messages|traffic|data) )?(?:from )?end[- ]to[- ]end\b/i,
      /\b(?:TLS|SSL|STARTTLS|IMAPS|SMTPS|port \d{2,5})\b[^.;]{0,40}\b(?:encrypts?|protects?|secures?|provides?|ensures?|is|are|gives?|offers?)\b[^.;]{0,40}\bend[- ]to[- ]end\b/i,
      /\b(?:TLS|SSL|STARTTLS|IMAPS|SMTPS|Port \d{2,5})\b[^.;]{0,40}\b(?:verschlüsselt|bietet|ist|sorgt)\b[^.;]{0,40}\bEnde[- ]zu[- ]Ende/i,
    ],
    unless: /\b(?:OpenPGP|PGP|GnuPG|S\/MIME|hop)\b/i,
  },
  'tampering-detected': {
    said: [
      /\b(?:any|all|every)(?: kind of)? (?:tampering|manipulation|modification)\b[^.;]{0,20}\b(?:is|will be|gets) (?:detected|noticed|discovered)\b/i,
      /\bjede Manipulation wird (?:sofort )?(?:erkannt|bemerkt)\b/i,
    ],
  },
  'session-keys-reused': {
    said: [/\bsession keys? (?:cannot|can['’]t|can never|can not) be (?:re-?used|used again)\b/i],
    denies: true,
  },
  'inspect-on-firewall': {
    said: [
      /\b(?:inspect|decrypt|intercept) (?:all )?(?:the )?(?:TLS|SSL|encrypted)(?: traffic| connections?)? (?:on|at|in) (?:the|your) (?:firewall|gateway|proxy)\b/i,
      /\b(?:enable|turn on|switch on|activate|use) (?:(?:TLS|SSL|ESMTP) inspection|deep packet inspection)\b/i,
      /\b(?:TLS|SSL|ESMTP)[- ]Inspektion (?:aktivieren|einschalten)\b/i,
    ],
  },
  'pin-certificates': {
    said: [
      /(?:^|[,:;.] |\b(?:should|must|please|always|to) )pin (?:the |your )?(?:server(?:['’]s)? |leaf )?certificates?\b/i,
      /\bZertifikat(?:e)? pinnen\b/i,
    ],
    unless: /\b(?:reserve|backup|public keys?|CA|authority|DANE|SPKI)\b/i,
  },
};
