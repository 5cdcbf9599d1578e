# SMTP; no states: each code has its answer, whenever it comes.
from line import *
c = Line()
secure, said = False, []
answers = iter([b64(E['user']), b64(E['password'])])
todo = iter(('MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA', 'QUIT'))
while True:
    line = c.reply()
    code, list = line[-1][:3], ' '.join(line)
    if code == '220' and 'STARTTLS' in said and not secure:
        c.tls()
        secure = True
        c.send('EHLO lab.test')
    elif code == '220':
        c.send('EHLO lab.test')
    elif code == '250' and not secure and 'STARTTLS' in list:
        said.append('STARTTLS')
        c.send('STARTTLS')
    elif code == '250' and secure and 'AUTH' in list:
        c.send('AUTH LOGIN')
    elif code == '334':
        c.send(next(answers, '*'))
    elif code in ('235', '250') and secure:
        c.send(next(todo, 'QUIT'))
    elif code == '354' and secure:
        c.send(open(E['message'], newline='').read().rstrip('\r\n') + '\r\n.')
    else:
        sys.exit(code != '221')
