import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** Mail servers with TLS in a container; certificates are for {@code localhost}. */
public class WaxsealContainer extends GenericContainer<WaxsealContainer> {
  private static final Map<String, Integer> PORTS =
      Map.of(
          "smtp", 2525, "submission", 2587, "submissions", 2465, "imap", 2143, "imaps", 2993, "pop3", 2110, "pop3s", 2995,
          "sieve", 24190);
  private static final int HTTP = 8025;
  private static final String TOKEN = "a-token-for-the-lab";

  /** The image {@code waxseal}. */
  public WaxsealContainer() {
    this("waxseal");
  }

  public WaxsealContainer(String image) {
    super(DockerImageName.parse(image));
    withEnv("WAXSEAL_HTTP_TOKEN", TOKEN);
    withExposedPorts(2525, 2587, 2465, 2143, 2993, 2110, 2995, 24190, HTTP);
    waitingFor(Wait.forHealthcheck());
  }

  /** Where a server listens on this machine: {@code submission}, {@code imaps} and so on. */
  public int port(String role) {
    Integer port = PORTS.get(role);
    if (port == null) throw new IllegalArgumentException(role + " is none of " + PORTS.keySet());
    return getMappedPort(port);
  }

  /** The CA that the client must trust, PEM. */
  public String ca() {
    return get("/ca.pem");
  }

  /** Verdicts of all connections, newest first, JSON. */
  public String verdicts() {
    return get("/api/v1/verdicts");
  }

  private String get(String path) {
    URI uri = URI.create("http://" + getHost() + ":" + getMappedPort(HTTP) + path);
    HttpRequest request = HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + TOKEN).build();
    try {
      HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200) throw new IllegalStateException(uri + ": " + response.statusCode());
      return response.body();
    } catch (IOException error) {
      throw new IllegalStateException(error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(error);
    }
  }
}
