package waxseal.junit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test of a mail client, run once per step: an honest server first, then one attack each. It takes a {@link Server}, sends or reads
 * mail there, closes its connection, and may throw: under attack waxseal's verdict decides, not the exception.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(WaxsealExtension.class)
public @interface WaxsealTest {
  Protocol protocol();

  Tls tls() default Tls.STARTTLS;

  /** Globs over ids of scenarios, such as starttls-*; the default set if empty, about 80 runs of the client. */
  String[] scenario() default {};

  Policy policy() default Policy.REQUIRED;

  /** Every case, also the slow ones. */
  boolean all() default false;
}
