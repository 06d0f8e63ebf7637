using System.Globalization;

namespace CleanGateway.Benchmarks.Http;

/// <summary>Nothing in between: what everyone else is compared with.</summary>
internal sealed class DirectPeer : Peer
{
    public DirectPeer(int upstreamPort) => Port = upstreamPort;

    public override string Name => "direct";
    public override string Description => "no proxy: load generator and upstream alone";

    public override Task LaunchAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>nginx as a reverse proxy for streams: connections kept on both sides, nothing buffered, no log.</summary>
internal sealed class NginxPeer(string folder, int upstreamPort) : Peer
{
    private ChildProcess? process;

    public override string Name => "nginx";
    public override string Description => "reverse proxy, 2 workers, keep-alive on both sides, answers not buffered, no access log";

    public override IReadOnlyList<int> Processes => process is null ? [] : [process.Id, .. ProcessFigures.ChildrenOf(process.Id)];

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        Port = FreePort();
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        var configuration = string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off;
            {{user}}
            worker_processes 2;
            pid {{folder}}/nginx.pid;
            error_log stderr error;
            events { worker_connections 4096; }
            http {
              access_log off;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              client_max_body_size 10m;
              client_body_buffer_size 256k;
              keepalive_requests 1000000000;
              upstream provider {
                server 127.0.0.1:{{upstreamPort}};
                keepalive 512;
                keepalive_requests 1000000000;
              }
              server {
                listen 127.0.0.1:{{Port}} backlog=2048;
                location / {
                  proxy_pass http://provider;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_buffering off;
                }
              }
            }
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), configuration, cancellationToken);
    }

    public override Task LaunchAsync(CancellationToken cancellationToken)
    {
        process = ChildProcess.Start(Programs.Find("nginx")!, ["-c", Path.Combine(folder, "nginx.conf"), "-p", folder, "-e", "stderr"], folder, []);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }
}

/// <summary>YARP's forwarder, a role of this program.</summary>
internal sealed class YarpPeer(string folder, int upstreamPort) : Peer
{
    private ChildProcess? process;

    public override string Name => "yarp";
    public override string Description => "YARP's IHttpForwarder as a bare .NET proxy";
    public override IReadOnlyList<int> Processes => process is null ? [] : [process.Id];

    public override Task LaunchAsync(CancellationToken cancellationToken)
    {
        Port = FreePort();
        string[] arguments = ["yarp", Port.ToString(CultureInfo.InvariantCulture), upstreamPort.ToString(CultureInfo.InvariantCulture)];
        process = ChildProcess.Start(Environment.ProcessPath!, arguments, folder, [], conversation: true);
        return Task.CompletedTask;
    }

    public override async Task<InnerFigures> ReadAsync(CancellationToken cancellationToken) =>
        new(double.Parse(await process!.AskAsync("allocated", cancellationToken), CultureInfo.InvariantCulture), JournalWait: null);

    public override async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }
}

/// <summary>The npm package @portkey-ai/gateway, as its users start it.</summary>
internal sealed class PortkeyPeer(string folder, string packages, int upstreamPort) : Peer
{
    private ChildProcess? process;

    public override string Name => "portkey";
    public override string Description =>
        "@portkey-ai/gateway under Node: passes calls on to a provider named in headers; no keys, limits or records";

    public override IReadOnlyDictionary<string, string> Headers { get; } = new Dictionary<string, string>
    {
        ["Authorization"] = "Bearer sk-upstream",
        ["x-portkey-provider"] = "openai",
        ["x-portkey-custom-host"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{upstreamPort}/v1"),
    };

    public override IReadOnlyList<int> Processes => process is null ? [] : [process.Id];

    public override Task LaunchAsync(CancellationToken cancellationToken)
    {
        Port = FreePort();
        var script = Path.Combine(packages, "node_modules/@portkey-ai/gateway/build/start-server.js");
        string[] arguments = [script, string.Create(CultureInfo.InvariantCulture, $"--port={Port}"), "--headless"];
        process = ChildProcess.Start("node", arguments, folder, [("NODE_ENV", "production")]);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }
}
