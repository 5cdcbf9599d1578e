# SMTP; one thread reads the socket and another one what is inside TLS; both put lines into one queue, from which answers are taken.
from line import *
import queue, select, threading
sock = socket.create_connection((E['host'], int(E['port'])), 8)
lines, state = queue.Queue(), {'read': sock.recv}
tail = {'': b''}
def pump():
    while True:
        try:
            data = state['read'](4096)
        except OSError:
            data = b''
        if not data:
            lines.put(None)
            return
        tail[''] += data
        while b'\n' in tail['']:
            line, tail[''] = tail[''].split(b'\n', 1)
            lines.put(line.decode('latin1').rstrip('\r'))
            if line.startswith(b'220 ') and state.get('asked'):
                state['asked'] = False
                state['stopped'].set()
                return
def reply():
    while True:
        line = lines.get(timeout=8)
        if line is None:
            sys.exit('closed')
        if line[3:4] != '-':
            return line
threading.Thread(target=pump, daemon=True).start()
reply()
sock.sendall(b'EHLO lab.test\r\n')
reply()
state['stopped'] = threading.Event()
state['asked'] = True
sock.sendall(b'STARTTLS\r\n')
if reply()[:4] != '220 ':
    sys.exit('refused')
state['stopped'].wait(5)
if sys.argv[1] == 'careful':
    tail[''] = b''
    while not lines.empty():
        lines.get()
sock = ssl.create_default_context(cafile=E['ca']).wrap_socket(sock, server_hostname=E['servername'])
lock = threading.Lock()
def inside(most):
    while True:
        if not sock.pending():
            select.select([sock], [], [], 8)
        with lock:
            sock.setblocking(False)
            try:
                return sock.recv(most)
            except ssl.SSLWantReadError:
                pass
            finally:
                sock.settimeout(8)
state['read'] = inside
threading.Thread(target=pump, daemon=True).start()
def ask(text):
    with lock:
        sock.sendall((text + '\r\n').encode())
    return reply()
ask('EHLO lab.test')
if ask('AUTH PLAIN ' + PLAIN)[0] != '2':
    sys.exit('no login')
for word in ('MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA'):
    if ask(word)[0] not in '23':
        sys.exit('refused')
ask(open(E['message'], newline='').read().rstrip('\r\n') + '\r\n.')
ask('QUIT')
