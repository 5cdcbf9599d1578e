# SMTP with asyncio; three mails, each over a connection of its own. The third is a helper's, which by the word "loose" verifies nothing.
import asyncio, base64, os, ssl, sys
E = {name[8:].lower(): value for name, value in os.environ.items() if name.startswith('WAXSEAL_')}
PLAIN = base64.b64encode(('\0%(user)s\0%(password)s' % E).encode()).decode()


async def ask(reader, writer, text=None):
    if text is not None:
        writer.write((text + '\r\n').encode('latin1'))
    while True:
        line = await reader.readline()
        if not line:
            raise EOFError('the server closed')
        if line[3:4] != b'-':
            if line[:1] not in b'23':
                raise OSError(line.decode('latin1'))
            return


async def send(context):
    reader, writer = await asyncio.open_connection(E['host'], int(E['port']))
    try:
        for text in (None, 'EHLO lab.test', 'STARTTLS'):
            await ask(reader, writer, text)
        await writer.start_tls(context, server_hostname=E['servername'])
        for text in ('EHLO lab.test', 'AUTH PLAIN ' + PLAIN, 'MAIL FROM:<%(from)s>' % E, 'RCPT TO:<%(to)s>' % E, 'DATA'):
            await ask(reader, writer, text)
        await ask(reader, writer, open(E['message'], newline='').read().rstrip('\r\n') + '\r\n.')
        await ask(reader, writer, 'QUIT')
    finally:
        writer.close()


async def main():
    strict = ssl.create_default_context(cafile=E['ca'])
    other = ssl._create_unverified_context() if sys.argv[1] == 'loose' else strict
    for context in (strict, strict, other):
        await send(context)

asyncio.run(main())
