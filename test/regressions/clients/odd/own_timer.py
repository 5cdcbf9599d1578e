# Does without TLS when its own timer says so; `implicit`: in IMAP, on the same port, where TLS from the first byte takes too long. The words: what it waits for, and the seconds that it waits.
# `imap`: for a tagged answer to STARTTLS; `handshake`, `greeting`: in SMTP, for the ServerHello or the greeting; `tls`: in SMTP, for nothing, after it has refused the certificate and ended TLS.
import subprocess, tempfile
from line import *

kind, patience = sys.argv[1], float(sys.argv[2])
c = Line()

if kind == 'imap':

    def answer(tag):
        while True:
            line = c.read()
            if line.startswith(tag + ' '):
                return line

    c.read()
    c.send('a1 STARTTLS')
    c.sock.settimeout(patience)
    try:
        started = answer('a1').startswith('a1 OK')
        assert started, 'refused'
    except TimeoutError:
        started = False
    c.sock.settimeout(None)
    if started:
        c.tls()
    c.send('a2 LOGIN %(user)s %(password)s' % E)
    assert answer('a2').startswith('a2 OK')
    c.send('a3 LOGOUT')
    answer('a3')
elif kind == 'implicit':
    c.sock.settimeout(patience)
    try:
        c.tls()
    except TimeoutError:
        c = Line()
    c.sock.settimeout(8)
    c.read()
    assert c.ask('a1 LOGIN %(user)s %(password)s' % E)[-1].startswith('a1 OK')
    c.ask('a2 LOGOUT')
elif kind in ('handshake', 'greeting'):
    c.sock.settimeout(patience)
    try:
        c.reply()
        c.ask('EHLO odd.lab.test')
        assert c.ask('STARTTLS')[-1].startswith('220')
        c.tls()
    except TimeoutError:
        if kind == 'handshake':
            c = Line()
        c.sock.settimeout(None)
        c.reply()
    c.sock.settimeout(None)
    c.ask('EHLO odd.lab.test')
    assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    c.ask('QUIT')
else:
    c.reply()
    c.ask('EHLO odd.lab.test')
    assert c.ask('STARTTLS')[-1].startswith('220')
    raw, (incoming, outgoing) = c.sock, (ssl.MemoryBIO(), ssl.MemoryBIO())
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    tls = context.wrap_bio(incoming, outgoing, server_hostname=E['servername'])

    def until(step):
        while True:
            try:
                done = step()
                raw.sendall(outgoing.read())
                return done
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                data = raw.recv(65536)
                assert data, 'the server closed'
                incoming.write(data)

    until(tls.do_handshake)
    leaf = ssl.DER_cert_to_PEM_cert(tls.getpeercert(True))
    with tempfile.NamedTemporaryFile('w', suffix='.pem') as file:
        file.write(leaf)
        file.flush()
        good = subprocess.run(
            ['openssl', 'verify', '-CAfile', E['ca'], file.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ).returncode == 0

    class Inside:
        sendall = staticmethod(lambda data: until(lambda: tls.write(data)))
        recv = staticmethod(lambda size: until(lambda: tls.read(size)))

    if good:
        c.sock = Inside()
    else:
        try:
            until(tls.unwrap)
        except ssl.SSLError:
            pass
        time.sleep(patience)
        c.buffer = b''
    assert c.ask('EHLO odd.lab.test')[-1].startswith('250')
    assert c.ask('AUTH PLAIN ' + PLAIN)[-1].startswith('235')
    c.ask('QUIT')
