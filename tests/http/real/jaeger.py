"""Starts a real Jaeger, for the tests in this directory."""

import contextlib
import os

import lab


@contextlib.contextmanager
def running(directory):
    """Starts a fresh Jaeger with its log in the directory. Yields the base addresses of its API and of its
    collector."""
    program = lab.tool("jaeger-all-in-one", "all-in-one")
    ports = {name: lab.free_port() for name in
             ("query", "admin", "otlp", "otlp_grpc", "query_grpc", "http", "grpc")}
    at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    arguments = [program, "--collector.otlp.enabled=true", f"--collector.otlp.http.host-port={at['otlp']}",
                 f"--collector.otlp.grpc.host-port={at['otlp_grpc']}", f"--query.http-server.host-port={at['query']}",
                 f"--query.grpc-server.host-port={at['query_grpc']}", f"--admin.http.host-port={at['admin']}",
                 f"--collector.http-server.host-port={at['http']}",
                 f"--collector.grpc-server.host-port={at['grpc']}", "--memory.max-traces=10000"]
    query_url = f"http://{at['query']}/api"
    log = os.path.join(directory, "jaeger.log")
    environment = dict(os.environ, SPAN_STORAGE_TYPE="memory", JAEGER_DISABLED="true")
    with lab.running(arguments, log, env=environment) as process:
        def ready():
            if process.poll() is not None:
                with open(log) as text:
                    lab.expect(False, f"Jaeger goes on; it ended:\n{text.read()[-2000:]}")
            return lab.call("GET", f"{query_url}/services")[0] == 200

        lab.wait_for("Jaeger answers", ready, 60)
        yield query_url, f"http://{at['otlp']}"
