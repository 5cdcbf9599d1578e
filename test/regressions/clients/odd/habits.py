# Clients of many habits that are unlike our toys; the first word says which, the second whether it is careful.
from line import *
import select, threading, queue, hashlib, hmac

kind, how = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else 'keep')
KEEPS = how == 'keep'


def cram(challenge):
    digest = hmac.new(E['password'].encode(), base64.b64decode(challenge), hashlib.md5).hexdigest()
    return b64(E['user'] + ' ' + digest)


def slowly(c, seconds=0.5):
    """Thinks before each command."""
    send = c.send

    def late(word):
        time.sleep(seconds)
        send(word)

    c.send = late
    return c


def upgraded(c, first, starttls, go):
    if ' ' in starttls:
        c.read()
    else:
        c.reply()
    if first:
        c.ask(first)
    if go not in c.ask(starttls)[-1]:
        sys.exit('no TLS')
    c.tls()
    return c


class Threaded:
    """A thread reads the socket into a queue of lines, as clients of callback libraries do; `keeps`: the queue outlives STARTTLS."""

    def __init__(self):
        self.sock = socket.create_connection((E['host'], int(E['port'])), 8)
        self.lines, self.buffer = queue.Queue(), b''
        # One at a time: two threads inside one TLS connection may both hang.
        self.lock = threading.Lock()
        self.start()

    def start(self):
        self.stopping = False
        self.thread = threading.Thread(target=self.pump, args=(self.sock,), daemon=True)
        self.thread.start()

    def pump(self, sock):
        sock.settimeout(0.05)
        while not self.stopping:
            try:
                if not getattr(sock, 'pending', lambda: 0)():
                    if not select.select([sock], [], [], 0.05)[0]:
                        continue
                with self.lock:
                    data = sock.recv(4096)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            except (OSError, ValueError):
                return self.lines.put(None)
            if not data:
                return self.lines.put(None)
            self.buffer += data
            while b'\n' in self.buffer:
                line, self.buffer = self.buffer.split(b'\n', 1)
                self.lines.put(line.decode('latin1').rstrip('\r'))

    def read(self):
        line = self.lines.get(timeout=12)
        if line is None:
            raise EOFError('the server closed')
        return line

    def send(self, word):
        with self.lock:
            self.sock.sendall((word + '\r\n').encode())

    def reply(self):
        lines = [self.read()]
        while lines[-1][3:4] == '-':
            lines.append(self.read())
        return lines

    def ask(self, word):
        self.send(word)
        return self.reply()

    def tls(self):
        self.stopping = True
        self.thread.join()
        if not KEEPS:
            self.lines, self.buffer = queue.Queue(), b''
        self.sock.settimeout(8)
        context = ssl.create_default_context(cafile=E['ca'])
        self.sock = context.wrap_socket(self.sock, server_hostname=E['servername'])
        self.start()


def smtp_login(c, offered):
    """The strongest that is offered."""
    text = ' '.join(offered).upper()
    if 'CRAM-MD5' in text and kind != 'smtp-slow-login':
        challenge = c.ask('AUTH CRAM-MD5')[-1]
        assert challenge.startswith('334'), challenge
        answer = c.ask(cram(challenge[4:]))[-1]
    elif 'LOGIN' in text:
        for word in ('AUTH LOGIN', b64(E['user']), b64(E['password'])):
            answer = c.ask(word)[-1]
            assert answer[0] in '23', answer
    else:
        answer = c.ask('AUTH PLAIN ' + PLAIN)[-1]
    assert answer.startswith('235'), answer


if kind == 'smtp-thread':
    c = Threaded()
    upgraded(c, 'EHLO odd.lab.test', 'STARTTLS', '220')
    smtp_login(c, c.ask('EHLO odd.lab.test'))
    mail(c)
    c.ask('QUIT')
elif kind == 'smtp-slow-cram':
    c = slowly(Line(keeps=KEEPS, lazy=True))
    upgraded(c, 'EHLO odd.lab.test', 'STARTTLS', '220')
    smtp_login(c, c.ask('EHLO odd.lab.test'))
    mail(c)
    c.ask('QUIT')
elif kind == 'smtp-slow-login':
    c = slowly(Line(keeps=KEEPS))
    upgraded(c, 'EHLO odd.lab.test', 'STARTTLS', '220')
    smtp_login(c, c.ask('EHLO odd.lab.test'))
    mail(c)
    c.ask('QUIT')
elif kind == 'smtp-remembers':
    # It never asks again inside TLS: what was listed before is what it goes by.
    c = Line()
    c.reply()
    offered = c.ask('EHLO odd.lab.test')
    assert '220' in c.ask('STARTTLS')[-1]
    c.tls()
    if how == 'keep':
        smtp_login(c, offered)
    else:
        smtp_login(c, c.ask('EHLO odd.lab.test'))
    mail(c)
    c.ask('QUIT')
elif kind == 'smtp-helo':
    # After a list that it does not like: HELO, and LOGIN unasked.
    c = Line(keeps=KEEPS, lazy=True)
    upgraded(c, 'EHLO odd.lab.test', 'STARTTLS', '220')
    c.ask('HELO odd.lab.test')
    for word in ('AUTH LOGIN', b64(E['user']), b64(E['password'])):
        assert c.ask(word)[-1][0] in '23'
    mail(c)
    c.ask('QUIT')
elif kind == 'imap-authenticate':
    # AUTHENTICATE PLAIN in two steps where listed, else LOGIN; slow, and reads lazily.
    c = slowly(Line(keeps=KEEPS, lazy=True))
    upgraded(c, None, 's1 STARTTLS', 'OK')
    listed = ' '.join(c.ask('s2 CAPABILITY')).upper()
    if 'AUTH=PLAIN' in listed:
        c.send('s3 AUTHENTICATE PLAIN')
        assert c.reply('s3')[-1].startswith('+')
        c.send(PLAIN)
        assert ' OK' in c.reply('s3')[-1]
    else:
        assert ' OK' in c.ask('s3 LOGIN %(user)s %(password)s' % E)[-1]
    c.ask('s4 SELECT INBOX')
    c.ask('s5 FETCH 1 BODY.PEEK[]')
    c.ask('s6 LOGOUT')
elif kind == 'imap-pipelines':
    # All commands at once inside TLS; answers are matched by their tags.
    c = Line(keeps=KEEPS)
    upgraded(c, None, 'p1 STARTTLS', 'OK')
    words = ['p2 LOGIN %(user)s %(password)s' % E, 'p3 SELECT INBOX', 'p4 FETCH 1 ENVELOPE', 'p5 LOGOUT']
    c.send('\r\n'.join(words))
    done = {}
    while len(done) < 4:
        line = c.read()
        if line[:1] == 'p':
            done[line[:2]] = line
            if ' NO' in line or ' BAD' in line:
                sys.exit(line)
elif kind == 'imap-any-ok':
    # Waits for any line with OK, not for its tag.
    c = slowly(Line(keeps=KEEPS))
    upgraded(c, None, 'q1 STARTTLS', 'OK')
    for word in ('q2 CAPABILITY', 'q3 LOGIN %(user)s %(password)s' % E, 'q4 SELECT INBOX', 'q5 LOGOUT'):
        c.send(word)
        while True:
            line = c.read()
            if ' NO' in line or ' BAD' in line:
                sys.exit(line)
            if ' OK' in line:
                break
elif kind == 'pop3-slow':
    c = slowly(Line(keeps=KEEPS, lazy=True))
    upgraded(c, 'CAPA', 'STLS', '+OK')
    for word in ('USER ' + E['user'], 'PASS ' + E['password'], 'STAT', 'QUIT'):
        assert c.ask(word)[-1].startswith('+OK'), word
elif kind == 'pop3-auth-or-user':
    c = Line(keeps=KEEPS, lazy=True)
    upgraded(c, 'CAPA', 'STLS', '+OK')
    listed = ' '.join(c.ask('CAPA')).upper()
    if 'SASL' in listed and 'PLAIN' in listed:
        assert c.ask('AUTH PLAIN')[-1].startswith('+')
        assert c.ask(PLAIN)[-1].startswith('+OK')
    else:
        assert c.ask('USER ' + E['user'])[-1].startswith('+OK')
        assert c.ask('PASS ' + E['password'])[-1].startswith('+OK')
    c.ask('STAT')
    c.ask('QUIT')
elif kind in ('sieve', 'sieve-slow'):
    c = Line(keeps=KEEPS, lazy=True)
    if kind == 'sieve-slow':
        slowly(c)

    def sieve(word=None):
        if word:
            c.send(word)
        lines, was = [], c.lazy
        while not lines or lines[-1][:2] not in ('OK', 'NO', 'BY'):
            lines.append(c.read())
            c.lazy = False
        c.lazy = was
        return lines

    sieve()
    assert sieve('STARTTLS')[-1].startswith('OK')
    c.tls()
    listed = ' '.join(sieve()).upper()
    if 'PLAIN' in listed:
        assert sieve('AUTHENTICATE "PLAIN" "%s"' % PLAIN)[-1].startswith('OK')
    elif 'LOGIN' in listed:
        c.send('AUTHENTICATE "LOGIN"')
        c.read()
        c.send('"%s"' % b64(E['user']))
        c.read()
        assert sieve('"%s"' % b64(E['password']))[-1].startswith('OK')
    else:
        sys.exit('no login')
    sieve('LISTSCRIPTS')
    sieve('LOGOUT')
else:
    sys.exit('no such kind')
