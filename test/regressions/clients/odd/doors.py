# Clients of many habits at the two doors of a server; the first word says which.
from line import *

kind = sys.argv[1]


def inside(starttls, caps=None):
    c = Line()
    c.read()
    if caps:
        c.ask(caps)
    answer = c.ask(starttls)[-1]
    assert '220' in answer or 'OK' in answer, answer
    c.tls()
    return c


def drained(c):
    """Throws away what came unasked, for as long as something does."""
    c.sock.settimeout(0.2)
    try:
        while c.sock.recv(4096):
            pass
    except TimeoutError:
        c.sock.settimeout(8)
    return c


def slowly(c):
    """Thinks before each word, for longer than a server is usually silent."""
    send = c.send

    def late(word):
        time.sleep(0.7)
        send(word)

    c.send = late
    return c


class WholeRecords:
    """TLS that looks at nothing before all of the record has come that five bytes announce, as Go's does up to 1.19."""

    def __init__(self, sock):
        sock.settimeout(None)
        self.sock, self.come, self.go = sock, ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=E['ca'])
        self.tls = context.wrap_bio(self.come, self.go, server_hostname=E['servername'])
        self.until(self.tls.do_handshake)

    def until(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.sock.sendall(self.go.read())
                header = self.exactly(5)
                length = int.from_bytes(header[3:5], 'big')
                if length > 16640:
                    sys.exit('a record that is too long')
                self.come.write(header + self.exactly(length))
            finally:
                self.sock.sendall(self.go.read())

    def exactly(self, length):
        data = b''
        while len(data) < length:
            piece = self.sock.recv(length - len(data))
            if not piece:
                raise EOFError('the server closed')
            data += piece
        return data

    def recv(self, length):
        return self.until(lambda: self.tls.read(length))

    def sendall(self, data):
        self.until(lambda: self.tls.write(data))


def pop3_lines(c, check):
    """One line for each command, whatever it is an answer to."""
    for word in ('USER ' + E['user'], 'PASS ' + E['password'], 'STAT'):
        c.send(word)
        answer = c.read()
        if check and not answer.startswith('+OK'):
            sys.exit(answer)
    c.send('QUIT')


def smtp_business(c, hello):
    if hello and c.ask('EHLO odd.lab.test')[-1][0] != '2':
        sys.exit('no EHLO')
    if c.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
        sys.exit('no login')
    mail(c)
    c.send('QUIT')


if kind == 'pop3-one-line':
    pop3_lines(inside('STLS'), True)
elif kind == 'pop3-drains':
    pop3_lines(drained(inside('STLS')), True)
elif kind == 'pop3-slow':
    pop3_lines(slowly(inside('STLS')), True)
elif kind == 'pop3-slow-drains':
    pop3_lines(slowly(drained(inside('STLS'))), True)
elif kind == 'pop3-reads-capa':
    c = inside('STLS')
    if any(line.startswith('+OK') for line in c.ask('CAPA')[1:]):
        sys.exit('a status line in a list')
    pop3_lines(c, True)
elif kind == 'smtp-any-2xx':
    smtp_business(inside('STARTTLS', 'EHLO odd.lab.test'), True)
elif kind == 'smtp-no-hello':
    smtp_business(inside('STARTTLS', 'EHLO odd.lab.test'), False)
elif kind == 'smtp-drains':
    smtp_business(drained(inside('STARTTLS', 'EHLO odd.lab.test')), True)
elif kind == 'smtp-strict':
    c = inside('STARTTLS', 'EHLO odd.lab.test')
    if not c.ask('EHLO odd.lab.test')[-1].startswith('250'):
        sys.exit('no answer to EHLO')
    smtp_business(c, False)
elif kind == 'imap-any-ok':
    c = Line()
    c.read()
    assert ' OK' in c.ask('x1 STARTTLS')[-1]
    c.tls()
    for number, word in enumerate(('LOGIN %(user)s %(password)s' % E, 'SELECT INBOX', 'FETCH 1 ENVELOPE')):
        c.send('y%d %s' % (number, word))
        while True:
            answer = c.read()
            if ' NO' in answer or ' BAD' in answer:
                sys.exit(answer)
            if ' OK' in answer:
                break
    c.send('z LOGOUT')
elif kind in ('smtp-talks-first', 'smtp-waits'):
    context = ssl.create_default_context(cafile=E['ca'])
    c = Line.__new__(Line)
    c.buffer, c.keeps, c.lazy = b'', False, False
    c.sock = context.wrap_socket(socket.create_connection((E['host'], int(E['port'])), 8), server_hostname=E['servername'])
    if kind == 'smtp-waits':
        assert c.read().startswith('220')
    c.send('EHLO odd.lab.test')
    while not c.read().startswith('250 '):
        pass
    smtp_business(c, False)
elif kind in ('smtp-past-tls', 'smtp-past-tls-late', 'smtp-comes-back', 'smtp-ends'):
    # The socket beneath TLS is at hand, and what TLS cannot read is read there.
    c = inside('STARTTLS', 'EHLO odd.lab.test')
    beneath = socket.socket(fileno=os.dup(c.sock.fileno()))
    try:
        smtp_business(c, True)
    except (ssl.SSLError, OSError, EOFError):
        if kind == 'smtp-ends':
            raise
        if kind == 'smtp-comes-back':
            c = Line()
            c.read()
            c.ask('EHLO odd.lab.test')
        else:
            c.sock, c.buffer = beneath, b''
            if kind == 'smtp-past-tls-late':
                time.sleep(12)
        c.send('AUTH PLAIN ' + PLAIN)
        time.sleep(0.5)
elif kind == 'smtp-whole-records':
    c = Line()
    c.read()
    c.ask('EHLO odd.lab.test')
    assert c.ask('STARTTLS')[-1][0] == '2'
    c.sock = WholeRecords(c.sock)
    smtp_business(c, True)
