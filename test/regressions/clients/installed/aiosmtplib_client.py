import asyncio, os, sys, ssl, aiosmtplib
e = {n[8:].lower(): v for n, v in os.environ.items() if n.startswith('WAXSEAL_')}
how = {'required': {'start_tls': True}, 'auto': {'start_tls': None}, 'never': {'start_tls': False}, 'implicit': {'use_tls': True}}[sys.argv[1]]
context = ssl.create_default_context(cafile=e['ca'])
asyncio.run(aiosmtplib.send(open(e['message'], 'rb').read(), sender=e['from'], recipients=[e['to']], hostname=e['host'],
    port=int(e['port']), username=e['user'], password=e['password'], tls_context=context, timeout=5, **how))
