using System.Globalization;
using System.Text.Json;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Domain.Common;
using MediatR;

namespace CleanGateway.Api.CommandLine;

/// <summary>Prints calls as they come into the log, each once.</summary>
internal sealed class LogTail(IMediator mediator, RequestFilter filter, bool asJson, TextWriter output, TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // A number is given before its transaction is committed, and others may be faster. The journal gives a transaction no longer, in most cases.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private readonly HashSet<long> printed = [];
    private readonly Queue<(long Latest, long At)> ends = new();

    /// <param name="lines">How many of those that are there already.</param>
    /// <param name="follow">Goes on until it is cancelled.</param>
    public async Task RunAsync(int lines, bool follow, CancellationToken cancellationToken)
    {
        // Before the first are read, so that none comes between the two.
        var floor = (await mediator.Send(new FollowRequests(filter, AfterId: null), cancellationToken)).LatestId;
        if (lines > 0)
            Print((await mediator.Send(new SearchRequests(filter, new PageRequest(lines)), cancellationToken)).Data.Reverse());

        while (follow)
        {
            await Task.Delay(Interval, clock, cancellationToken);
            var found = new FollowedRequests([], floor);
            do
            {
                found = await mediator.Send(new FollowRequests(filter, found.LatestId), cancellationToken);
                Print(found.Requests);
            }
            while (found.Requests.Count == FollowRequests.MaxRequests);

            floor = Floor(floor, found.LatestId);
        }
    }

    // What is behind an end that was seen long enough ago is all there.
    private long Floor(long floor, long latest)
    {
        var now = clock.GetTimestamp();
        ends.Enqueue((latest, now));
        while (ends.TryPeek(out var end) && clock.GetElapsedTime(end.At, now) > Slack)
            floor = Math.Max(floor, ends.Dequeue().Latest);

        printed.RemoveWhere(id => id <= floor);
        return floor;
    }

    private void Print(IEnumerable<RequestEntry> requests)
    {
        foreach (var request in requests.Where(request => printed.Add(request.Id)))
            output.WriteLine(asJson ? JsonSerializer.Serialize(request, AdminJson.Options) : Line(request));
    }

    private static string Line(RequestEntry request)
    {
        string[] columns =
        [
            request.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            request.RequestId,
            Safe(request.KeyName ?? request.KeyId.ToString()),
            Safe(request.Model),
            CommandOutput.Text(request.StatusCode),
            Safe(request.ErrorCode is null ? request.Outcome : $"{request.Outcome} ({request.ErrorCode})"),
            $"{CommandOutput.Text(request.TotalTokens)} tokens",
            request.Cost is { } dollars ? $"${dollars.ToString("0.000000000", CultureInfo.InvariantCulture)}" : $"$- ({request.UnpricedReason})",
            $"{CommandOutput.Text(decimal.Round(request.LatencyMs))} ms",
        ];
        return string.Join("  ", columns);
    }

    // A name may be anything; it must not command the terminal.
    private static string Safe(string? text) => StorableText.Safe(text) ?? "-";
}
