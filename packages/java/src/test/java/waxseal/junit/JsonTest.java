package waxseal.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void readsWhatItWrites() {
    for (String text :
        List.of(
            "{\"a\":[1,-2,true,false,null,\"x\"],\"b\":{},\"c\":[]}",
            "\"quote \\\" backslash \\\\ control \\u0001 \u2026\"",
            "[[],[{}]]")) assertEquals(text, Json.write(Json.parse(text)));
  }

  @Test
  void readsEveryFormOfNumbersAndEscapes() {
    assertEquals(List.of(1.5, 1e3, 12345678901234567890.0), Json.parse(" [ 1.5 , 1e3 , 12345678901234567890 ] "));
    assertEquals("\n\t/\u00e9", Json.parse("\"\\n\\t\\/\\u00e9\""));
  }

  @Test
  void refusesWhatIsNoJson() {
    for (String text : List.of("", "{", "[1", "{\"a\"}", "\"open", "\"\\u00", "tru", "1 2", "[1,]", "nonsense"))
      assertThrows(IllegalArgumentException.class, () -> Json.parse(text), text);
  }
}
