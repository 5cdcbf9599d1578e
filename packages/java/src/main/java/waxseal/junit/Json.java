package waxseal.junit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as waxseal and this package write it: RFC 8259, without bounds of its own. */
final class Json {
  private final String text;
  private int at;

  private Json(String text) {
    this.text = text;
  }

  /** Maps, lists, strings, numbers (Long or Double), Booleans and null; throws IllegalArgumentException. */
  static Object parse(String text) {
    Json json = new Json(text);
    Object value = json.value();
    json.blank();
    if (json.at != text.length()) throw json.unexpected();
    return value;
  }

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(Object value, StringBuilder out) {
    if (value instanceof Map) {
      String comma = "{";
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        out.append(comma);
        write(entry.getKey(), out);
        out.append(':');
        write(entry.getValue(), out);
        comma = ",";
      }
      out.append(comma.equals("{") ? "{}" : "}");
    } else if (value instanceof List) {
      String comma = "[";
      for (Object each : (List<?>) value) {
        out.append(comma);
        write(each, out);
        comma = ",";
      }
      out.append(comma.equals("[") ? "[]" : "]");
    } else if (value == null || value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else {
      out.append('"');
      for (char each : value.toString().toCharArray()) {
        if (each == '"' || each == '\\') out.append('\\').append(each);
        else if (each < ' ') out.append(String.format("\\u%04x", (int) each));
        else out.append(each);
      }
      out.append('"');
    }
  }

  private Object value() {
    blank();
    if (at == text.length()) throw unexpected();
    switch (text.charAt(at)) {
      case '{':
        return object();
      case '[':
        return list();
      case '"':
        return string();
      case 't':
        return word("true", true);
      case 'f':
        return word("false", false);
      case 'n':
        return word("null", null);
      default:
        return number();
    }
  }

  private Map<String, Object> object() {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    if (next('}')) return object;
    do {
      blank();
      if (at == text.length() || text.charAt(at) != '"') throw unexpected();
      String name = string();
      if (!next(':')) throw unexpected();
      object.put(name, value());
    } while (next(','));
    if (!next('}')) throw unexpected();
    return object;
  }

  private List<Object> list() {
    List<Object> list = new ArrayList<>();
    at++;
    if (next(']')) return list;
    do list.add(value());
    while (next(','));
    if (!next(']')) throw unexpected();
    return list;
  }

  private String string() {
    StringBuilder string = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char each = text.charAt(at);
      if (each == '"') {
        at++;
        return string.toString();
      }
      if (each != '\\') {
        string.append(each);
        continue;
      }
      at++;
      if (at == text.length()) break;
      char escaped = text.charAt(at);
      if (escaped == 'u') {
        if (at + 4 >= text.length()) break;
        string.append((char) Integer.parseInt(text.substring(at + 1, at + 5), 16));
        at += 4;
      } else {
        int known = "bfnrt".indexOf(escaped);
        string.append(known < 0 ? escaped : "\b\f\n\r\t".charAt(known));
      }
    }
    throw unexpected();
  }

  private Object number() {
    int from = at;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) at++;
    String number = text.substring(from, at);
    if (number.isEmpty()) throw unexpected();
    if (number.matches("-?\\d{1,18}")) return Long.valueOf(number);
    return Double.valueOf(number);
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) throw unexpected();
    at += word.length();
    return value;
  }

  private boolean next(char wanted) {
    blank();
    if (at == text.length() || text.charAt(at) != wanted) return false;
    at++;
    return true;
  }

  private void blank() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
  }

  private IllegalArgumentException unexpected() {
    return new IllegalArgumentException("no JSON at character " + at);
  }
}
