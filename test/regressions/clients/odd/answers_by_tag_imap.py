# IMAP; keeps each tagged answer until its command asks for it, those from before TLS too (`keep`), as libraries with a table of
# answers do. LOGIN by literals, then a draft by APPEND; goes on in clear where the server says PREAUTH.
from line import *

c, answers = Line(), {}


def wait(tag):
    """The answer to a tag, or '+'."""
    while tag not in answers:
        line = c.read()
        if line.startswith('+'):
            return '+'
        answers[line.split(' ')[0]] = line
    return answers[tag].split(' ')[1]


def ask(tag, *parts):
    c.send(tag + ' ' + parts[0])
    for part in parts[1:]:
        if wait(tag) != '+':
            break
        c.send(part)
    return wait(tag)


def counted(text):
    return '{%d}' % len(text)


def all_at_hand():
    c.sock.settimeout(0.2)
    try:
        c.buffer += c.sock.recv(4096)
    except TimeoutError:
        pass
    c.sock.settimeout(8)
    while b'\n' in c.buffer:
        line = c.read()
        answers[line.split(' ')[0]] = line


if 'PREAUTH' not in c.read():
    if ask('t1', 'STARTTLS') != 'OK':
        sys.exit('no TLS')
    if sys.argv[1] == 'keep':
        all_at_hand()
    else:
        answers = {}
    c.tls()
if ask('t2', 'LOGIN ' + counted(E['user']), E['user'] + ' ' + counted(E['password']), E['password']) != 'OK':
    sys.exit('no login')
draft = open(E['message'], newline='').read()
ask('t3', 'APPEND Drafts ' + counted(draft), draft)
c.ask('t4 LOGOUT')
