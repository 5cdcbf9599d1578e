# SMTP; says what it should not in its handshake. Words: where (`sni`, `alpn`, `record`: a record of application data behind the ClientHello); what (`user`, `password`, `nothing`).
from line import *
where, what = sys.argv[1:3]
word = E.get(what, 'nothing')
c = Line()
c.reply()
c.ask('EHLO lab.test')
if c.ask('STARTTLS')[-1][0] != '2':
    sys.exit('refused')
context = ssl.create_default_context(cafile=E['ca'])
name = E['servername']
if what != 'nothing' and where == 'alpn':
    context.set_alpn_protocols([word])
if what != 'nothing' and where == 'sni':
    context.check_hostname, name = False, word + '.lab.test'
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_hostname=name)
isFirst = True


def done(step):
    global isFirst
    while True:
        try:
            result = step()
        except ssl.SSLWantReadError:
            result = None
        flight = outgoing.read()
        if isFirst and where == 'record' and what != 'nothing':
            said = ('AUTH PLAIN ' + (PLAIN if what == 'password' else b64(word)) + '\r\n').encode()
            flight += b'\x17\x03\x03' + len(said).to_bytes(2, 'big') + said
        isFirst = False
        c.sock.sendall(flight)
        if result is not None:
            return result
        incoming.write(c.sock.recv(65536) or sys.exit('closed'))


done(lambda: tls.do_handshake() or True)
for said in ('EHLO lab.test', 'AUTH PLAIN ' + PLAIN, 'MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA', open(E['message'], newline='').read() + '.', 'QUIT'):
    done(lambda: tls.write((said + '\r\n').encode()))
    done(lambda: tls.read(65536))
