# IMAP over asyncio’s own streams, whose reader keeps its buffer over start_tls; CRAM-MD5, else LOGIN. `careful` empties the buffer.
import asyncio, hmac
from line import *

CAREFUL = sys.argv[1] == 'careful'


async def main():
    reader, writer = await asyncio.open_connection(E['host'], int(E['port']))
    count = 0

    async def ask(text, answer=None):
        nonlocal count
        count += 1
        tag = 'C%04d' % count
        writer.write(('%s %s\r\n' % (tag, text)).encode())
        lines = []
        while True:
            line = (await reader.readuntil(b'\r\n')).decode('latin1').strip()
            lines.append(line)
            if line.startswith('+ ') and answer:
                writer.write(answer(line[2:]).encode() + b'\r\n')
            if line.startswith(tag + ' '):
                if line.split()[1] != 'OK':
                    raise SystemExit(line)
                return lines

    await reader.readuntil(b'\r\n')
    await ask('STARTTLS')
    if CAREFUL:
        reader._buffer.clear()
    await writer.start_tls(ssl.create_default_context(cafile=E['ca']), server_hostname=E['servername'])
    if CAREFUL and reader._buffer:
        sys.exit('somebody spoke before TLS')
    offers = ' '.join(await ask('CAPABILITY'))

    def response(challenge):
        digest = hmac.new(E['password'].encode(), base64.b64decode(challenge), 'md5').hexdigest()
        return b64('%s %s' % (E['user'], digest))

    if 'AUTH=CRAM-MD5' in offers:
        await ask('AUTHENTICATE CRAM-MD5', response)
    else:
        await ask('LOGIN %(user)s %(password)s' % E)
    await ask('SELECT INBOX')
    await ask('LOGOUT')


asyncio.run(main())
