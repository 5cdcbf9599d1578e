package waxseal.junit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A mail server of one step: where the client connects to, and with which account. */
public final class Server {
  private final Map<String, Object> fields;
  private final String step;

  Server(Map<String, Object> fields, String step) {
    this.fields = fields;
    this.step = step;
  }

  public String host() {
    return text("host");
  }

  public int port() {
    return ((Number) fields.get("port")).intValue();
  }

  /** The address of the host. */
  public String ip() {
    return text("ip");
  }

  /** Scheme, host and port, such as {@code imap://localhost:40123}. */
  public String url() {
    return text("url");
  }

  public Protocol protocol() {
    return Protocol.valueOf(text("protocol").toUpperCase(Locale.ROOT));
  }

  public Tls tls() {
    return Tls.valueOf(text("tls").toUpperCase(Locale.ROOT));
  }

  /** {@code control}, {@code comparison/1} or the id of a case, such as {@code starttls-refused/454}. */
  public String step() {
    return step;
  }

  public String user() {
    return text("user");
  }

  public String password() {
    return text("password");
  }

  /** An OAuth 2.0 bearer token. */
  public String token() {
    return text("token");
  }

  /** The sender's address. */
  public String from() {
    return text("from");
  }

  /** The recipient's address. */
  public String to() {
    return text("to");
  }

  /** A message ready to be sent, RFC 5322 with CRLF. */
  public String message() {
    return text("message");
  }

  /** The CA's certificate, a PEM file. */
  public Path ca() {
    return Path.of(text("ca"));
  }

  /** Trusts the server's CA and nothing else. Whether the host name is verified is up to the client. */
  public SSLContext sslContext() {
    try (InputStream pem = Files.newInputStream(ca())) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      trusted.setCertificateEntry("waxseal", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException error) {
      throw new IllegalStateException(error);
    }
  }

  @Override
  public String toString() {
    return url() + " " + step;
  }

  private String text(String name) {
    return (String) fields.get(name);
  }
}
