"""A link server that leaks, for the tests of `tacet verify timing`: mutual TLS, the right protocol, replies of the right size.

    leaky_link_server.py IDENTITY MESSAGE_BYTES WAY

WAY `time`: what is no message is answered at once, all else after two milliseconds. WAY `size`: what is no message gets its reply in
two records. WAY `close`: the connection ends after what is no message. WAY `none`: everything is answered alike, after two milliseconds.
Messages are told by the zeros that fill them up. Prints its port, and ends with its standard input.
"""

import asyncio
import ssl
import sys


async def serve(identity, size, way):
    async def talk(reader, writer):
        try:
            while True:
                request = await reader.readexactly(size)
                is_message = not any(request[-64:])
                if is_message or way != "time":
                    await asyncio.sleep(0.002)
                if not is_message and way == "close":
                    break
                if not is_message and way == "size":
                    writer.write(bytes(100))
                    writer.write(bytes(size - 100))
                else:
                    writer.write(bytes(size))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(f"{identity}/cert.pem", f"{identity}/key.pem")
    context.load_verify_locations(f"{identity}/bundle.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["tacet/1"])
    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
