# SMTP; takes what one recv() gives for a whole reply, and for its own work needs some seconds before it reads: before each reply, or
# before a list in clear only. STARTTLS if it is listed. `careful` reads replies to their end.
from line import *

KIND, SECONDS, WHERE = sys.argv[1], float(sys.argv[2]), sys.argv[3]
sock = socket.create_connection((E['host'], int(E['port'])), 30)
is_clear = True


def heard(is_list=False):
    if WHERE == 'always' or is_list and is_clear:
        time.sleep(SECONDS)
    data = sock.recv(65536).decode('latin1')
    while KIND == 'careful' and not (data.endswith('\n') and data.splitlines()[-1][3:4] != '-'):
        data += sock.recv(65536).decode('latin1')
    return data


def ask(text, is_list=False):
    sock.sendall((text + '\r\n').encode())
    return heard(is_list)


heard()
if 'STARTTLS' in ask('EHLO lab.test', True):
    if not ask('STARTTLS').startswith('220'):
        sys.exit('no TLS')
    sock = ssl.create_default_context(cafile=E['ca']).wrap_socket(sock, server_hostname=E['servername'])
    is_clear = False
    ask('EHLO lab.test', True)
elif KIND == 'careful':
    sys.exit('no TLS')
ask('AUTH PLAIN ' + PLAIN)
ask('QUIT')
