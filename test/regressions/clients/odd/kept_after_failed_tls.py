# SMTP; starts TLS, does not look whether that worked, and goes on in clear where it did not, as long as each answer is the right one.
# The words: `socket`, whose alert is sent, or `memory`, whose alert is not; and the version of TLS.
import base64, os, socket, ssl, sys

E = lambda name: os.environ['WAXSEAL_' + name]
how, version = sys.argv[1:3]
context = ssl.create_default_context(cafile=E('CA'))
context.minimum_version = context.maximum_version = {'1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}[version]
plain = socket.create_connection((E('HOST'), int(E('PORT'))))
write, read = plain.sendall, plain.recv
kept = b''


def ask(line, wanted):
    global kept
    if line:
        write(line.encode() + b'\r\n')
    while True:
        while b'\n' not in kept:
            more = read(4096)
            if not more:
                sys.exit('the connection is gone')
            kept += more
        answer, kept = kept.split(b'\n', 1)
        if answer[3:4] != b'-':
            break
    if not answer.startswith(wanted):
        sys.exit('%s: %r' % (line, answer))


def by_socket():
    global write, read
    tls = context.wrap_socket(plain.dup(), server_hostname=E('SERVERNAME'), do_handshake_on_connect=False)
    try:
        tls.do_handshake()
        write, read = tls.sendall, tls.recv
    except ssl.SSLError:
        pass


def by_memory():
    global write, read
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=E('SERVERNAME'))

    def until(step):
        while True:
            try:
                done = step()
                plain.sendall(outgoing.read())
                return done
            except ssl.SSLWantReadError:
                plain.sendall(outgoing.read())
                incoming.write(record())

    try:
        until(tls.do_handshake)
        write = lambda data: until(lambda: tls.write(data))
        read = lambda size: until(lambda: tls.read(size))
    except ssl.SSLError:
        pass


def record():
    """One record, and no octet more."""
    head = exactly(5)
    return head + exactly(int.from_bytes(head[3:5], 'big'))


def exactly(size):
    got = b''
    while len(got) < size:
        more = plain.recv(size - len(got))
        if not more:
            raise ssl.SSLError('the connection is gone')
        got += more
    return got


ask('', b'220')
ask('EHLO odd.lab.test', b'250')
ask('STARTTLS', b'220')
by_memory() if how == 'memory' else by_socket()
ask('EHLO odd.lab.test', b'250')
ask('AUTH PLAIN ' + base64.b64encode(('\0%s\0%s' % (E('USER'), E('PASSWORD'))).encode()).decode(), b'235')
ask('QUIT', b'221')
