package waxseal.junit;

import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Store;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.junit.jupiter.api.Assumptions;

/** Jakarta Mail: what insists on TLS passes, what uses it “if available” fails where STARTTLS is not offered. */
class ClientsTest {
  @WaxsealTest(protocol = Protocol.SMTP, scenario = {"starttls-not-offered", "certificate-fault/expired"})
  void carefulSmtp(Server server) throws Exception {
    send(server, true);
  }

  @WaxsealTest(protocol = Protocol.SMTP, scenario = {"starttls-not-offered", "certificate-fault/expired"})
  void carelessSmtp(Server server) throws Exception {
    send(server, false);
  }

  @WaxsealTest(protocol = Protocol.SMTP, scenario = "starttls-not-offered", policy = Policy.OPPORTUNISTIC)
  void opportunisticSmtp(Server server) throws Exception {
    send(server, false);
  }

  @WaxsealTest(protocol = Protocol.IMAP, scenario = {"starttls-not-offered", "certificate-fault/expired"})
  void carefulImap(Server server) throws Exception {
    read(server, true);
  }

  @WaxsealTest(protocol = Protocol.IMAP, scenario = "starttls-not-offered")
  void carelessImap(Server server) throws Exception {
    read(server, false);
  }

  @WaxsealTest(protocol = Protocol.POP3, tls = Tls.IMPLICIT, scenario = "certificate-fault/expired")
  void carefulPop3s(Server server) throws Exception {
    read(server, true);
  }

  @WaxsealTest(protocol = Protocol.SMTP, scenario = "starttls-not-offered")
  void broken(Server server) {
    throw new IllegalStateException("nonsense");
  }

  @WaxsealTest(protocol = Protocol.SMTP, scenario = "starttls-not-offered")
  void assumed(Server server) {
    Assumptions.assumeTrue(false, "not today");
  }

  @WaxsealTest(protocol = Protocol.SMTP, scenario = "no-such-scenario")
  void glob(Server server) {}

  private static void send(Server server, boolean careful) throws Exception {
    Session session = session(server, "smtp", careful);
    Message mail = new MimeMessage(session, new ByteArrayInputStream(server.message().getBytes(StandardCharsets.US_ASCII)));
    try (Transport transport = session.getTransport()) {
      transport.connect(server.host(), server.port(), server.user(), server.password());
      transport.sendMessage(mail, InternetAddress.parse(server.to()));
    }
  }

  private static void read(Server server, boolean careful) throws Exception {
    String scheme = server.protocol().name().toLowerCase() + (server.tls() == Tls.IMPLICIT ? "s" : "");
    Session session = session(server, scheme, careful);
    try (Store store = session.getStore(scheme)) {
      store.connect(server.host(), server.port(), server.user(), server.password());
      try (Folder inbox = store.getFolder("INBOX")) {
        inbox.open(Folder.READ_ONLY);
        inbox.getMessage(1).writeTo(OutputStream.nullOutputStream());
      }
    }
  }

  private static Session session(Server server, String scheme, boolean careful) {
    Properties properties = new Properties();
    String mail = "mail." + scheme + ".";
    properties.put("mail.transport.protocol", scheme);
    properties.put("mail.smtp.from", server.from());
    properties.put("mail.smtp.auth", "true");
    properties.put(mail + "connectiontimeout", "5000");
    properties.put(mail + "timeout", "5000");
    properties.put(mail + "ssl.socketFactory", server.sslContext().getSocketFactory());
    properties.put(mail + "ssl.checkserveridentity", "true");
    if (server.tls() == Tls.STARTTLS) properties.put(mail + "starttls.enable", "true");
    if (server.tls() == Tls.STARTTLS && careful) properties.put(mail + "starttls.required", "true");
    return Session.getInstance(properties);
  }
}
