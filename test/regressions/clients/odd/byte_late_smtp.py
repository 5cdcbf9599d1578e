# SMTP; ends a line at its CR, and takes the LF away with the next one. Careful.
from line import *
class Late(Line):
    def read(self):
        while b'\r' not in self.buffer:
            data = self.sock.recv(1)
            if not data:
                raise EOFError('the server closed')
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\r', 1)
        return line.decode('latin1').lstrip('\n')
    def tls(self):
        while not self.buffer.startswith(b'\n'):
            self.buffer += self.sock.recv(1)
        super().tls()
c = Late()
c.reply()
if not any('STARTTLS' in each for each in c.ask('EHLO lab.test')) or c.ask('STARTTLS')[-1][:4] != '220 ':
    sys.exit('no TLS')
c.tls()
c.ask('EHLO lab.test')
if c.ask('AUTH PLAIN ' + PLAIN)[-1][0] != '2':
    sys.exit('no login')
mail(c)
c.send('QUIT')
