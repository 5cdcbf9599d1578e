"""Insists on TLS; where it gets none it waits for ever, in silence, and so it does after its work."""
import socket, ssl, sys, time

host, port, ca, user, password = sys.argv[1:6]
lines = socket.create_connection((host, int(port)))
stream = lines.makefile('rwb', 0)


def ask(tag, command):
    stream.write(f'{tag} {command}\r\n'.encode())
    while True:
        line = stream.readline()
        if not line or line.startswith(tag.encode() + b' '):
            return line


stream.readline()
if not ask('a', 'STARTTLS').startswith(b'a OK'):
    time.sleep(600)
stream = ssl.create_default_context(cafile=ca).wrap_socket(lines, server_hostname=host).makefile('rwb', 0)
ask('b', f'LOGIN {user} {password}')
ask('c', 'SELECT INBOX')
ask('d', 'FETCH 1 (RFC822)')
time.sleep(600)
