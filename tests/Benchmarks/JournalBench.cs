using System.Text;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.Infrastructure.Journal;
using CleanGateway.Infrastructure.Journal.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace CleanGateway.Benchmarks;

/// <summary>What a call waits for the journal on disk: an acceptance and a completion, bodies of two kilobytes each.</summary>
internal static class JournalBench
{
    private const int BodyBytes = 2048;
    private static readonly TimeProvider Clock = TimeProvider.System;

    public static async Task<int> RunAsync(int rate, int seconds)
    {
        foreach (var durable in new[] { false, true })
        {
            var path = Path.Combine(Environment.CurrentDirectory, "artifacts", "bench", Guid.CreateVersion7(Clock.GetUtcNow()).ToString("N"));
            using (var folder = SpoolFolder.Open(path))
            {
                var limits = new SpoolLimits(durable, SpoolLimits.SegmentBytesFor(long.MaxValue), long.MaxValue, 0);
                await using var writer = new SpoolWriter(folder, limits, Clock, NullLogger<SpoolWriter>.Instance);
                await OpenLoop.RunAsync(rate, TimeSpan.FromSeconds(2), _ => CallAsync(writer, new Durations()));   // warm up

                var appends = new Durations();
                await OpenLoop.RunAsync(rate, TimeSpan.FromSeconds(seconds), _ => CallAsync(writer, appends));
                Console.WriteLine($"journal append, durability={(durable ? "power" : "process")}, {rate} calls/s, {seconds} s: {appends}");
            }

            Directory.Delete(path, recursive: true);
        }

        return 0;
    }

    private static async Task CallAsync(SpoolWriter writer, Durations appends)
    {
        var now = Clock.GetUtcNow();
        var call = RequestLog.Begin(RequestId.New(now), new ApiKeyId(Guid.Empty), new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", null), now);
        call.Asked(Body(), "gpt-4", null, stream: false);
        call.Dispatch(new Destination(new ProviderId(Guid.Empty), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)));
        var accepted = await AppendAsync(writer, () => SpoolRecord.Accept(call), appends);

        var exchange = call.Answered(new Answer(200, Body(), UsageReport.Of(new TokenUsage(500, 500))), Clock.GetUtcNow() - now);
        await AppendAsync(writer, () => SpoolRecord.Complete(ExchangeRow.Of(exchange), accepted), appends);
    }

    // As a call waits: making the record is part of it.
    private static async Task<SpoolPosition?> AppendAsync(SpoolWriter writer, Func<SpoolRecord> record, Durations appends)
    {
        var start = Clock.GetTimestamp();
        var position = await writer.AppendAsync(record());
        appends.Add(Clock.GetElapsedTime(start));
        return position;
    }

    private static LoggedBody Body() => LoggedBody.Exact(Encoding.UTF8.GetBytes($$"""{"text":"{{new string('x', BodyBytes)}}"}"""));
}
