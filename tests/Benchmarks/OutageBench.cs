using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Configuration;
using CleanGateway.Infrastructure.Persistence.Embedded;
using Npgsql;

namespace CleanGateway.Benchmarks;

/// <summary>
/// The gateway under a steady load while its database is stopped for a while in the middle: what callers notice, what it
/// costs in memory, and whether every answered call is in the books afterwards.
/// </summary>
internal static class OutageBench
{
    private const string Key = "bench-key-12345";
    private static readonly TimeProvider Clock = TimeProvider.System;
    private static readonly TimeSpan CatchUp = TimeSpan.FromMinutes(3);

    public static async Task<int> RunAsync(string gateway, int rate, int seconds, int outage)
    {
        var folder = Directory.CreateTempSubdirectory("cleangateway-bench-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)Convert.ToInt32("711", 8));
        var (database, cluster, programs, port) = await StartDatabaseAsync(folder);
        using var process = Start(gateway, folder, database.Reveal(), out var listening);
        var url = await listening;
        await using var books = NpgsqlDataSource.Create(database.ToConnectionString().ConnectionString + ";Pooling=false");
        await ExecuteAsync(books, $"INSERT INTO api_keys (name, key_hash) VALUES ('bench', '{Secret.Hash(Key)}')");

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 500, UseProxy = false }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        var warmUp = new Tally();
        await OpenLoop.RunAsync(rate / 10, TimeSpan.FromSeconds(3), _ => CallAsync(http, warmUp));
        var before = warmUp.Answered;
        while (await CountAsync(books, "requests") < before)
            await Task.Delay(50);


        var (tally, memory, isOut) = (new Tally(), new ConcurrentQueue<(int Second, bool Out, long Mebibytes)>(), false);
        using var watching = new CancellationTokenSource();
        var watch = WatchAsync(process.Id, () => isOut, memory, watching.Token);
        var load = OpenLoop.RunAsync(rate, TimeSpan.FromSeconds(seconds), _ => CallAsync(http, tally, isOut));
        await Task.Delay(TimeSpan.FromSeconds((seconds - outage) / 2.0));
        isOut = true;
        await cluster.StopAsync(programs, CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(outage));
        await cluster.StartAsync(programs, port, CancellationToken.None);
        isOut = false;
        await load;

        var start = Clock.GetTimestamp();
        while (await CountAsync(books, "responses") - before < tally.Answered && Clock.GetElapsedTime(start) < CatchUp)
            await Task.Delay(50);
        var caughtUp = Clock.GetElapsedTime(start);
        await watching.CancelAsync();
        await watch;

        var rows = await CountAsync(books, "requests") - before;
        Console.WriteLine($"{rate} calls/s for {seconds} s, database stopped for {outage} s of them");
        Console.WriteLine($"  sent {tally.Sent}, answered {tally.Answered}, other: {tally.Others}");
        Console.WriteLine($"  latency with the database:    {tally.With}");
        Console.WriteLine($"  latency without the database: {tally.Without}");
        Console.WriteLine($"  rows: requests {rows}, responses {await CountAsync(books, "responses") - before}; lost {tally.Answered - rows}; all there {caughtUp.TotalSeconds:0.0} s after the last call");
        Console.WriteLine($"  memory (RSS, MiB): {string.Join(' ', memory.Where(sample => sample.Second % 5 == 0).Select(sample => $"{sample.Second}s{(sample.Out ? "*" : "")}={sample.Mebibytes}"))}   (* = without the database)");

        Signal(process);
        await process.WaitForExitAsync();
        await cluster.StopAsync(programs, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
        return rows == tally.Answered ? 0 : 1;
    }

    private static async Task CallAsync(HttpClient http, Tally tally, bool isOut = false)
    {
        var start = Clock.GetTimestamp();
        tally.Send();
        try
        {
            using var question = new StringContent(
                """{"model":"echo","messages":[{"role":"user","content":"Say hello to everyone who has been waiting for so long!"}]}""", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/v1/chat/completions", question);
            await answer.Content.ReadAsByteArrayAsync();
            tally.Answer(((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture), Clock.GetElapsedTime(start), isOut);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            tally.Answer(failure.GetType().Name, Clock.GetElapsedTime(start), isOut);
        }
    }

    private static async Task<(DatabaseUrl Url, PostgresCluster Cluster, PostgresPrograms Programs, int Port)> StartDatabaseAsync(string folder)
    {
        var account = await PostgresAccount.FindAsync(CancellationToken.None);
        var programs = await PostgresPrograms.FindAsync(folder: null, wanted: null, CancellationToken.None);
        var home = Path.Combine(folder, "postgres");
        await account.MakeFolderAsync(home, CancellationToken.None);
        var cluster = new PostgresCluster(home, account);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
        await cluster.InitialiseAsync(programs, password, CancellationToken.None);
        var port = FreePort();
        await cluster.StartAsync(programs, port, CancellationToken.None);
        return (DatabaseUrl.For("127.0.0.1", port, PostgresCluster.User, password, PostgresCluster.Database), cluster, programs, port);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Start(string gateway, string folder, string database, out Task<Uri> listening)
    {
        var start = new ProcessStartInfo(gateway) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["DATABASE_URL"] = database;
        start.Environment["DATA_DIR"] = Path.Combine(folder, "data");
        start.Environment["GATEWAY_HTTP_PORT"] = "0";
        start.Environment["LOG_LEVEL"] = "critical";
        var found = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) =>
        {
            const string Listening = "LLM Gateway listening on :";
            if (line.Data is null)
                found.TrySetException(new InvalidOperationException("The gateway did not start."));
            else if (line.Data.StartsWith(Listening, StringComparison.Ordinal))
                found.TrySetResult(new Uri($"http://127.0.0.1:{line.Data[Listening.Length..]}"));
        };
        process.Start();
        process.BeginOutputReadLine();
        listening = found.Task;
        return process;
    }

    private static async Task WatchAsync(int process, Func<bool> isOut, ConcurrentQueue<(int, bool, long)> memory, CancellationToken stop)
    {
        for (var second = 0; !stop.IsCancellationRequested; second++)
        {
            var line = (await File.ReadAllLinesAsync($"/proc/{process}/status", CancellationToken.None)).First(text => text.StartsWith("VmRSS", StringComparison.Ordinal));
            memory.Enqueue((second, isOut(), long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024));
            await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void Signal(Process process)
    {
        using var kill = Process.Start("kill", process.Id.ToString(CultureInfo.InvariantCulture));
        kill.WaitForExit();
    }

    private static async Task ExecuteAsync(NpgsqlDataSource books, string sql)
    {
        await using var command = books.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(NpgsqlDataSource books, string table)
    {
        await using var command = books.CreateCommand($"SELECT count(*) FROM {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private sealed class Tally
    {
        private readonly ConcurrentDictionary<string, int> outcomes = new();
        private int sent;

        public Durations With { get; } = new();
        public Durations Without { get; } = new();
        public int Sent => sent;
        public int Answered => outcomes.GetValueOrDefault("200");
        public string Others => string.Join(", ", outcomes.Where(outcome => outcome.Key != "200").Select(outcome => $"{outcome.Value} × {outcome.Key}").DefaultIfEmpty("none"));

        public void Send() => Interlocked.Increment(ref sent);

        public void Answer(string outcome, TimeSpan took, bool isOut)
        {
            outcomes.AddOrUpdate(outcome, 1, (_, count) => count + 1);
            (isOut ? Without : With).Add(took);
        }
    }
}
