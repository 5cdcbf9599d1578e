import type { ProtocolName } from '../../protocols/protocol.js';
import { definePreset, type PresetSetUp } from './preset.js';

export default definePreset({
  name: 'jakarta-mail',
  title: 'Jakarta Mail (Java)',
  program: 'javac',
  needs: ['/usr/share/java/jakarta-mail.jar'],
  packages: 'libjakarta-mail-java default-jdk-headless',
  remark: '“required” sets starttls.required and ssl.checkserveridentity',
  configure: (setUp) => {
    const { protocol, tls, policy } = setUp;
    const work = WORK[protocol];
    if (work === undefined || (tls === 'implicit' && policy === 'opportunistic')) return undefined;
    return {
      build: { files: { 'Client.java': program(work) }, command: ['javac', '-cp', CLASSES, 'Client.java'] },
      command: [
        'java',
        '-XX:TieredStopAtLevel=1',
        '-XX:+UseSerialGC',
        '-Xshare:auto',
        '-Djavax.net.ssl.trustStore={ca_p12}',
        '-Djavax.net.ssl.trustStoreType=PKCS12',
        '-Djavax.net.ssl.trustStorePassword=changeit',
        '-cp',
        `${CLASSES}:{built}`,
        'Client',
        ...properties(setUp),
        ...['{host}', '{port}', '{user}', '{password}', '{from}', '{to}', '{message}', '{ca}'],
      ],
    };
  },
});

const CLASSES = '/usr/share/java/jakarta-mail.jar:/usr/share/java/jakarta-activation.jar';

const properties = ({ protocol, tls, policy }: PresetSetUp): string[] => {
  const scheme = `${protocol}${tls === 'implicit' ? 's' : ''}`;
  const of = (name: string, value: string): string => `mail.${scheme}.${name}=${value}`;
  return [
    scheme,
    [
      of('connectiontimeout', '8000'),
      of('timeout', '8000'),
      ...(protocol === 'smtp' ? [of('auth', 'true')] : []),
      ...(tls === 'starttls' ? [of('starttls.enable', 'true')] : []),
      ...(tls === 'starttls' && policy === 'required' ? [of('starttls.required', 'true')] : []),
      ...(policy === 'required' ? [of('ssl.checkserveridentity', 'true')] : []),
    ].join(';'),
  ];
};

const READ = `Store store = session.getStore(scheme);
    store.connect(host, port, user, password);
    Folder inbox = store.getFolder("INBOX");
    inbox.open(Folder.READ_ONLY);
    inbox.getMessage(1).writeTo(System.out);
    inbox.close(false);
    store.close();`;

const WORK: Partial<Readonly<Record<ProtocolName, string>>> = {
  smtp: `Message mail = new MimeMessage(session, new FileInputStream(message));
    Transport transport = session.getTransport(scheme);
    transport.connect(host, port, user, password);
    transport.sendMessage(mail, InternetAddress.parse(to));
    transport.close();`,
  imap: READ,
  pop3: READ,
};

const program = (work: string): string => `import jakarta.mail.*;
import jakarta.mail.internet.*;
import java.io.FileInputStream;
import java.util.Properties;

public class Client {
  public static void main(String[] a) throws Exception {
    String scheme = a[0], host = a[2], user = a[4], password = a[5], from = a[6], to = a[7], message = a[8];
    int port = Integer.parseInt(a[3]);
    Properties properties = new Properties();
    for (String each : a[1].split(";")) properties.setProperty(each.split("=")[0], each.split("=")[1]);
    properties.setProperty("mail.smtp.from", from);
    Session session = Session.getInstance(properties);
    ${work}
  }
}
`;
