# Clients that count replies in many ways; the first word says which. What each of them believed goes to standard error.
import collections, hmac, select, threading
from line import *

kind = sys.argv[1]


def believed(what, reply):
    print('%s: %r' % (what, reply), file=sys.stderr)


class Batch(Line):
    """Replies are queued as they come, many at once, and taken from the queue one for each command."""

    def __init__(self):
        super().__init__()
        self.replies = collections.deque()

    def pull(self, first=5):
        """Waits for bytes, then for more of them for a moment."""
        self.sock.settimeout(first)
        try:
            while True:
                data = self.sock.recv(65536)
                if not data:
                    break
                self.buffer += data
                self.sock.settimeout(0.01)
        except (TimeoutError, ssl.SSLError):
            pass
        self.sock.settimeout(8)
        while b'\n' in self.buffer:
            line, self.buffer = self.buffer.split(b'\n', 1)
            line = line.decode('latin1').rstrip('\r')
            if self.lines(line):
                self.replies.append(line)

    def lines(self, line):
        return line[3:4] != '-'

    def take(self):
        for _ in range(6):
            if self.replies:
                return self.replies.popleft()
            self.pull()
        sys.exit('no reply')

    def say(self, text):
        self.send(text)
        self.heard = self.take()
        return self.heard


class Threaded(Batch):
    """A thread reads all the time; two threads must not use TLS at once."""

    def __init__(self):
        super().__init__()
        self.more, self.tls_lock = threading.Condition(), threading.Lock()

    def start(self):
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            select.select([self.sock], [], [], 8)
            with self.tls_lock:
                self.sock.settimeout(0)
                try:
                    data = self.sock.recv(4096)
                except ssl.SSLWantReadError:
                    continue
                except OSError:
                    data = b''
            with self.more:
                if not data:
                    self.replies.append('')
                self.buffer += data
                while b'\n' in self.buffer:
                    line, self.buffer = self.buffer.split(b'\n', 1)
                    line = line.decode('latin1').rstrip('\r')
                    if self.lines(line):
                        self.replies.append(line)
                self.more.notify()
            if not data:
                return

    def send(self, text):
        with self.tls_lock:
            self.sock.settimeout(8)
            super().send(text)

    def take(self):
        with self.more:
            self.more.wait_for(lambda: self.replies, 8)
            return self.replies.popleft()


def cram(challenge):
    """What is no challenge is answered all the same."""
    try:
        text = base64.b64decode(challenge[4:])
    except ValueError:
        text = challenge.encode()
    return b64('%s %s' % (E['user'], hmac.new(E['password'].encode(), text, 'md5').hexdigest()))


def opened(cls, command, hello=None):
    c = cls()
    c.read()
    if hello:
        c.ask(hello)
    answer = c.ask(command)[-1]
    assert '220' in answer or 'OK' in answer, answer
    c.tls()
    return c


def smtp(cls=Batch):
    return opened(cls, 'STARTTLS', 'EHLO odd.lab.test')


def require(what, reply, *starts):
    if not reply.startswith(starts):
        sys.exit('%s: %r' % (what, reply))
    believed(what, reply)


def smtp_mail(c, strict):
    require('MAIL', c.say('MAIL FROM:<%(from)s>' % E), '250' if strict else '2')
    require('RCPT', c.say('RCPT TO:<%(to)s>' % E), '250' if strict else '2')
    require('DATA', c.say('DATA'), '354' if strict else ('2', '3'))
    c.send(open(E['message'], newline='').read().rstrip('\r\n'))
    require('message', c.say('.'), '250' if strict else '2')
    c.send('QUIT')


def main():
    if kind == 'smtp-hello-twice-login':  # as git send-email does, with AUTH LOGIN
        c = smtp()
        c.say('EHLO odd.lab.test')
        require('EHLO', c.say('EHLO odd.lab.test'), '2')
        require('AUTH', c.say('AUTH LOGIN'), '2', '3')
        require('user', c.say(b64(E['user'])), '2', '3')
        require('password', c.say(b64(E['password'])), '235')
    elif kind == 'smtp-noop-first':  # makes sure that the connection is alive
        c = smtp()
        require('NOOP', c.say('NOOP'), '2')
        require('EHLO', c.say('EHLO odd.lab.test'), '2')
        require('AUTH', c.say('AUTH PLAIN ' + PLAIN), '235')
    elif kind == 'smtp-helo':  # HELO only, and a login that is known to work
        c = smtp()
        require('HELO', c.say('HELO odd.lab.test'), '2')
        require('AUTH', c.say('AUTH LOGIN'), '2', '3')
        c.send(b64(E['user']))
        require('user', c.take(), '2', '3')
        require('password', c.say(b64(E['password'])), '235')
    elif kind == 'smtp-threaded':
        c = smtp(Threaded)
        c.start()
        require('EHLO', c.say('EHLO odd.lab.test'), '2')
        require('AUTH', c.say('AUTH PLAIN'), '2', '3')
        require('PLAIN', c.say(PLAIN), '2')
    elif kind == 'smtp-rset-first':
        c = smtp()
        require('RSET', c.say('RSET'), '2')
        require('EHLO', c.say('EHLO odd.lab.test'), '2')
        require('EHLO', c.say('EHLO odd.lab.test'), '2')
        require('AUTH', c.say('AUTH CRAM-MD5'), '2', '3')
        require('CRAM-MD5', c.say(cram(c.heard)), '235')
    # Careful ones.
    elif kind == 'smtp-cancels':  # what asks for its secret must say 334
        c = smtp()
        if not c.say('AUTH LOGIN').startswith('334'):
            c.send('*')
            c.send('QUIT')
            sys.exit('AUTH was not answered')
        require('user', c.say(b64(E['user'])), '334')
        require('password', c.say(b64(E['password'])), '235')
    elif kind == 'smtp-throws-away':  # and pipelines its mail
        c = smtp()
        c.pull(0.2)
        c.replies.clear()
        require('EHLO', c.say('EHLO odd.lab.test'), '250')
        require('AUTH', c.say('AUTH PLAIN ' + PLAIN), '235')
        c.sock.sendall(('MAIL FROM:<%(from)s>\r\nRCPT TO:<%(to)s>\r\nDATA\r\n' % E).encode())
        require('MAIL', c.take(), '250')
        require('RCPT', c.take(), '250')
        require('DATA', c.take(), '354')
        c.send(open(E['message'], newline='').read().rstrip('\r\n'))
        require('message', c.say('.'), '250')
        c.send('QUIT')
    elif kind == 'smtp-two-writes':  # throws away, and says AUTH and MAIL without a look between
        c = smtp()
        c.pull(0.2)
        c.replies.clear()
        require('EHLO', c.say('EHLO odd.lab.test'), '250')
        c.send('AUTH PLAIN ' + PLAIN)
        c.send('MAIL FROM:<%(from)s>' % E)
        require('AUTH', c.take(), '235')
        require('MAIL', c.take(), '250')
        c.send('QUIT')
    elif kind == 'smtp-looks-first':  # any bytes before its first word are one too many
        c = smtp()
        c.pull(0.2)
        if c.replies:
            sys.exit('unasked: %r' % c.replies[0])
        require('EHLO', c.say('EHLO odd.lab.test'), '250')
        require('AUTH', c.say('AUTH PLAIN ' + PLAIN), '235')
        smtp_mail(c, True)
    elif kind == 'pop3-capa-one-line':  # one line is the answer to CAPA; the list does not matter
        c = pop3()
        require('CAPA', c.say('CAPA'), '+OK')
        c.pull(0.1)
        c.replies.clear() if len(c.replies) > 1 else None
        require('USER', c.say('USER ' + E['user']), '+OK')
        require('PASS', c.say('PASS ' + E['password']), '+OK')
    elif kind == 'pop3-both-at-once':
        c = pop3()
        c.sock.sendall(('USER %(user)s\r\nPASS %(password)s\r\n' % E).encode())
        require('USER', c.take(), '+OK')
        require('PASS', c.take(), '+OK')
    elif kind == 'pop3-auth-challenge':  # takes any plus for the challenge
        c = pop3()
        require('AUTH', c.say('AUTH PLAIN'), '+')
        require('PLAIN', c.say(PLAIN), '+OK')
    elif kind == 'pop3-threaded':
        c = pop3(Threaded)
        c.start()
        require('USER', c.say('USER ' + E['user']), '+OK')
        require('PASS', c.say('PASS ' + E['password']), '+OK')
        require('NOOP', c.say('NOOP'), '+OK')
    elif kind == 'pop3-leaves':  # does not say QUIT, does not look at the mailbox
        c = pop3()
        require('USER', c.say('USER ' + E['user']), '+OK')
        require('PASS', c.say('PASS ' + E['password']), '+OK')
    # Careful ones.
    elif kind == 'pop3-strict-challenge':
        c = pop3()
        answer = c.say('AUTH PLAIN')
        if answer not in ('+', '+ '):
            c.send('*')
            sys.exit('AUTH: %r' % answer)
        require('PLAIN', c.say(PLAIN), '+OK')
        c.send('QUIT')
    elif kind == 'pop3-reads-list':
        c = pop3()
        c.send('CAPA')
        while (line := c.take()) != '.':
            believed('CAPA', line)
        c.sock.sendall(('USER %(user)s\r\nPASS %(password)s\r\n' % E).encode())
        require('USER', c.take(), '+OK')
        require('PASS', c.take(), '+OK')
        c.send('QUIT')
    elif kind == 'pop3-looks-first':
        c = pop3()
        c.pull(0.2)
        if c.replies:
            c.send('QUIT')
            sys.exit('unasked: %r' % c.replies[0])
        require('USER', c.say('USER ' + E['user']), '+OK')
        require('PASS', c.say('PASS ' + E['password']), '+OK')
        c.send('QUIT')
    elif kind == 'imap-challenge':  # anything but NO is the continuation
        c = imap()
        require('AUTHENTICATE', c.say('a1 AUTHENTICATE PLAIN'), '+', '* OK')
        require('PLAIN', c.say(PLAIN), 'a1 OK')
        c.send('a2 LOGOUT')
    elif kind == 'imap-literal':  # anything invites its literals
        c = imap()
        require('LOGIN', c.say('a1 LOGIN {%d}' % len(E['user'])), '+', '* OK')
        require('user', c.say('%s {%d}' % (E['user'], len(E['password']))), '+', '* OK')
        require('password', c.say(E['password']), 'a1 OK')
        c.send('a2 LOGOUT')
    elif kind == 'imap-word-ok':  # looks for OK in a line, in a thread
        c = imap(Threaded)
        c.start()
        if ' OK' not in (answer := c.say('a1 LOGIN %(user)s %(password)s' % E)):
            sys.exit(answer)
        believed('LOGIN', answer)
        if ' OK' not in (answer := c.say('a2 NOOP')):
            sys.exit(answer)
        c.send('a3 LOGOUT')
    elif kind == 'imap-word-ok-leaves':  # the same, and says no goodbye
        c = imap()
        if ' OK' not in (answer := c.say('a1 LOGIN %(user)s %(password)s' % E)):
            sys.exit(answer)
        believed('LOGIN', answer)
    elif kind == 'imap-capability-word':  # asks for the list first, and takes any line for its answer
        c = imap()
        c.say('a1 CAPABILITY')
        while ' OK' not in (answer := c.say('a2 AUTHENTICATE PLAIN')) and answer[:1] != '+':
            pass
        require('PLAIN', c.say(PLAIN), 'a2 OK', '*')
    # Careful ones.
    elif kind == 'imap-by-tag':
        c = imap()
        by_tag(c, 'a1 CAPABILITY')
        by_tag(c, 'a2 LOGIN %(user)s %(password)s' % E)
        c.send('a3 LOGOUT')
    elif kind == 'imap-all-at-once':
        c = imap()
        for word in ('a1 ID NIL', 'a2 CAPABILITY'):
            c.send(word)
        by_tag(c, 'a3 LOGIN %(user)s %(password)s' % E)
        c.send('a4 NOOP')
        by_tag(c, 'a5 LIST "" "*"')
        c.send('a6 LOGOUT')
    elif kind == 'imap-strict-continuation':
        c = imap()
        c.send('a1 AUTHENTICATE PLAIN')
        while not (answer := c.take()).startswith('+'):
            if not answer.startswith('* '):
                sys.exit(answer)
        c.send(PLAIN)
        while not (answer := c.take()).startswith('a1 '):
            pass
        require('AUTHENTICATE', answer, 'a1 OK')
        c.send('a2 LOGOUT')
    else:
        sys.exit('no such kind')


def pop3(cls=Batch):
    return opened(cls, 'STLS')


class Imap:
    def lines(self, line):
        return True


def imap(cls=Batch):
    c = type('Imap' + cls.__name__, (Imap, cls), {})()
    c.read()
    assert ' OK' in c.ask('x1 STARTTLS')[-1]
    c.tls()
    return c


def by_tag(c, command):
    c.send(command)
    tag = command.split(' ')[0]
    while not (answer := c.take()).startswith(tag + ' '):
        pass
    require(command.split(' ')[1], answer, tag + ' OK')


main()
