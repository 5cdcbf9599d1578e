"""What the odd clients of this folder share: a blocking line reader over a socket, and the environment's words."""
import base64, os, socket, ssl, sys, time

E = {name[8:].lower(): value for name, value in os.environ.items() if name.startswith('WAXSEAL_')}


class Line:
    """`keeps`: what was buffered before TLS is read after it. `lazy`: the buffer is looked at only when bytes arrive."""

    def __init__(self, keeps=False, lazy=False):
        self.sock = socket.create_connection((E['host'], int(E['port'])), 8)
        self.buffer, self.keeps, self.lazy = b'', keeps, lazy

    def read(self):
        fresh = not self.lazy
        while not (fresh and b'\n' in self.buffer):
            data = self.sock.recv(4096)
            if not data:
                raise EOFError('the server closed')
            self.buffer, fresh = self.buffer + data, True
        line, self.buffer = self.buffer.split(b'\n', 1)
        return line.decode('latin1').rstrip('\r')

    def send(self, text):
        self.sock.sendall((text + '\r\n').encode('latin1'))

    def ask(self, text):
        """Sends a line; the reply's lines up to the last one."""
        self.send(text)
        return self.reply(text.split(' ')[0])

    def reply(self, tag=''):
        lines, was_lazy = [], self.lazy
        while True:
            lines.append(self.read())
            self.lazy = False  # The rest of a reply that has begun is read from the buffer.
            if lines[-1][:3].isdigit() and lines[-1][3:4] != '-' or (tag and lines[-1].startswith(tag + ' ')):
                break
            if lines[-1][:4] == '-ERR' or lines[-1][:1] == '+' and tag not in ('CAPA',) or lines[-1] == '.':
                break
        self.lazy = was_lazy
        return lines

    def tls(self):
        if not self.keeps:
            self.buffer = b''
        context = ssl.create_default_context(cafile=E['ca'])
        self.sock = context.wrap_socket(self.sock, server_hostname=E['servername'])


def b64(text):
    return base64.b64encode(text.encode()).decode()


PLAIN = b64('\0%s\0%s' % (E['user'], E['password']))


def mail(line):
    """Sends the visit's message in SMTP."""
    for word in ('MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA'):
        if line.ask(word)[-1][0] not in '23':
            sys.exit('refused: ' + word)
    line.send(open(E['message'], newline='').read().rstrip('\r\n'))
    line.ask('.')
