# SMTP; a second connection without TLS, so many seconds after the first one failed.
from line import *
def send(line, secure):
    line.reply()
    list = line.ask('EHLO lab.test')
    if secure:
        if not any('STARTTLS' in each for each in list) or line.ask('STARTTLS')[-1][0] != '2':
            raise EOFError('no TLS')
        line.tls()
        line.ask('EHLO lab.test')
    if line.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
        sys.exit('no login')
    mail(line)
    line.send('QUIT')
try:
    send(Line(), True)
except (OSError, EOFError):
    time.sleep(float(sys.argv[1]))
    send(Line(), False)
