"""Mail clients as people write them: they read their buffer only when new bytes arrive, and may keep it over STARTTLS.

usage: lazy.py KIND keep|discard HOST PORT CA NAME USER PASSWORD
"""
import base64
import hmac
import re
import socket
import ssl
import sys

KIND, LEFTOVER, HOST, PORT, CA, NAME, USER, PASSWORD = sys.argv[1:9]


class Connection:
    def __init__(self):
        self.socket = socket.create_connection((HOST, int(PORT)))
        self.buffer = b""
        self.tag = 0

    def reply(self, ends):
        """As in asyncio's data_received: the buffer is looked at when something has come."""
        while True:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError("the server closed")
            self.buffer += data
            end = ends(self.buffer)
            if end:
                reply, self.buffer = self.buffer[:end], self.buffer[end:]
                return reply.decode("latin-1")

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")

    def start_tls(self):
        if LEFTOVER == "discard":
            self.buffer = b""
        context = ssl.create_default_context(cafile=CA)
        self.socket = context.wrap_socket(self.socket, server_hostname=NAME)


def matcher(pattern):
    compiled = re.compile(pattern, re.S | re.M)

    def ends(buffer):
        found = compiled.search(buffer)
        return found.end() if found else 0

    return ends


def expect(condition, text):
    if not condition:
        raise SystemExit("unexpected: " + text.strip())


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def smtp(blind, mechanism="LOGIN"):
    line = matcher(rb"\A(?:\d{3}-[^\n]*\n)*(?!\d{3}-)[^\n]*\n")
    client = Connection()

    def ask(words, code):
        client.say(words)
        text = client.reply(line)
        expect(text.startswith(code), text)
        return text

    client.reply(line)
    ask("EHLO lazy.test", "250")
    ask("STARTTLS", "220")
    client.start_tls()
    offer = ask("EHLO lazy.test", "250")
    expect(blind or re.search(r"AUTH[ =].*\bLOGIN\b", offer), offer)
    ask("AUTH LOGIN", "334")
    ask(encoded(USER), "334")
    ask(encoded(PASSWORD), "235")
    ask("MAIL FROM:<%s@lab.test>" % USER, "250")
    client.say("QUIT")


def imap(blind, cram=False, asks=True):
    client = Connection()
    line = matcher(rb"\A[^\n]*\n")

    def ask(words, upto=None):
        client.tag += 1
        tag = "t%d" % client.tag
        client.say(tag + " " + words)
        return client.reply(matcher((upto or rb"^%s [^\n]*\n" % tag.encode())))

    client.reply(line)
    ask("CAPABILITY")
    expect(" OK " in ask("STARTTLS"), "no STARTTLS")
    client.start_tls()
    offer = ask("CAPABILITY") if asks else ""
    if cram and "AUTH=CRAM-MD5" in offer:
        challenge = ask("AUTHENTICATE CRAM-MD5", rb"^\+ [^\n]*\n|^t\d+ [^\n]*\n")
        challenge = re.search(r"^\+ (\S+)", challenge, re.M)
        expect(challenge, "no challenge")
        digest = hmac.new(PASSWORD.encode(), base64.b64decode(challenge[1]), "md5").hexdigest()
        client.say(encoded(USER + " " + digest))
        text = client.reply(matcher(rb"^t%d [^\n]*\n" % client.tag))
    else:
        expect(blind or "LOGINDISABLED" not in offer, offer)
        text = ask("LOGIN %s %s" % (USER, PASSWORD))
    expect(re.search(r"^t\d+ OK", text, re.M), text)
    ask("SELECT INBOX")
    ask("LOGOUT")


def pop3(asks):
    line = matcher(rb"\A[^\n]*\n")
    listing = matcher(rb"\A(?:-[^\n]*\n|\+OK[^\n]*\n(?:[^\n]*\n)*?\.\r?\n)")
    client = Connection()

    def ask(words, ends=line):
        client.say(words)
        text = client.reply(ends)
        expect(text.startswith("+OK"), text)
        return text

    client.reply(line)
    ask("STLS")
    client.start_tls()
    if asks:
        offer = ask("CAPA", listing)
        expect(re.search(r"^USER\b", offer, re.M), offer)
    ask("USER " + USER)
    ask("PASS " + PASSWORD)
    ask("STAT")
    client.say("QUIT")


{
    "smtp-login": lambda: smtp(blind=False),
    "smtp-login-blind": lambda: smtp(blind=True),
    "imap-login": lambda: imap(blind=False),
    "imap-login-blind": lambda: imap(blind=True),
    "imap-login-unasked": lambda: imap(blind=True, asks=False),
    "imap-cram-else-login": lambda: imap(blind=True, cram=True),
    "pop3-user": lambda: pop3(asks=False),
    "pop3-user-listed": lambda: pop3(asks=True),
}[KIND]()
