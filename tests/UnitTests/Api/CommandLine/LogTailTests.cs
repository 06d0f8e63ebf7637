using System.Collections.Concurrent;
using CleanGateway.Api.CommandLine;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.UnitTests.Infrastructure;
using MediatR;
using NSubstitute;

namespace CleanGateway.UnitTests.Api.CommandLine;

/// <summary>Which calls are printed, and when one is looked for no more.</summary>
public sealed class LogTailTests : IDisposable
{
    private static readonly RequestFilter Filter = new();

    private readonly IMediator mediator = Substitute.For<IMediator>();
    private readonly StringWriter output = new();
    private readonly ManualTime clock = new();
    private readonly ConcurrentQueue<long> asked = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public async Task One_that_comes_late_is_printed_and_each_is_printed_once()
    {
        Serve(asks => asks switch
        {
            1 => new FollowedRequests([Entry(12)], 12),
            _ when asked.Last() == 10 => new FollowedRequests([Entry(11), Entry(12)], 12),   // its transaction took longer
            _ => new FollowedRequests([], 12),
        });

        await FollowUntilAsync(() => asked.Contains(12));

        Printed().Should().Equal("req_12", "req_11");
        asked.First().Should().Be(10);
        asked.Count(after => after == 10).Should().BeGreaterThan(10, "what may still come late is looked for a while");
    }

    [Fact]
    public async Task More_than_one_answer_holds_are_asked_for_at_once()
    {
        Serve(asks => asks == 1
            ? new FollowedRequests([.. Enumerable.Range(11, FollowRequests.MaxRequests).Select(id => Entry(id))], 510)
            : new FollowedRequests([Entry(511)], 511));

        await FollowUntilAsync(() => asked.Count >= 2);

        asked.Take(2).Should().Equal(10, 510);
        Printed().Take(501).Should().Equal(Enumerable.Range(11, 501).Select(id => $"req_{id}"));
    }

    [Fact]
    public async Task Without_following_the_newest_are_printed_the_oldest_first()
    {
        Serve(_ => throw new InvalidOperationException("Nothing more is wanted."));
        mediator.Send(new SearchRequests(Filter, new PageRequest(2)), Arg.Any<CancellationToken>())
            .Returns(new Page<RequestEntry>([Entry(10), Entry(9)], "more"));

        await new LogTail(mediator, Filter, asJson: false, output, clock).RunAsync(lines: 2, follow: false, CancellationToken.None);

        Printed().Should().Equal("req_9", "req_10");
    }

    private void Serve(Func<int, FollowedRequests> answer)
    {
        mediator.Send(new FollowRequests(Filter, AfterId: null), Arg.Any<CancellationToken>()).Returns(new FollowedRequests([], 10));
        mediator.Send(Arg.Is<FollowRequests>(query => query != null && query.AfterId != null), Arg.Any<CancellationToken>()).Returns(call =>
        {
            asked.Enqueue(call.Arg<FollowRequests>().AfterId!.Value);
            return answer(asked.Count);
        });
    }

    private async Task FollowUntilAsync(Func<bool> isEnough)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var following = new LogTail(mediator, Filter, asJson: false, output, clock).RunAsync(lines: 0, follow: true, enough.Token);
        while (!isEnough() && !following.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        await enough.CancelAsync();
        var end = () => following;
        await end.Should().ThrowAsync<OperationCanceledException>();
    }

    private IEnumerable<string> Printed() =>
        output.ToString().Split(output.NewLine, StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[1]);

    private static RequestEntry Entry(long id) => new(
        id, DateTimeOffset.UnixEpoch, $"req_{id}", null, "/v1/chat/completions", "POST", "gpt-4", false, 200, Guid.Empty, "ci", null, "p", "ok",
        null, null, 5m, 1, 2, 3, 0.1m, null);
}
