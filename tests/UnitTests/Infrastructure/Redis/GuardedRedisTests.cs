using CleanGateway.Infrastructure.Admission;
using CleanGateway.Infrastructure.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;

namespace CleanGateway.UnitTests.Infrastructure.Redis;

/// <summary>When Redis is left alone, and when it is tried again.</summary>
public sealed class GuardedRedisTests : IDisposable
{
    public void Dispose() => guarded.Dispose();

    private static readonly RedisScript Script = new("return {1}");
    private static readonly RedisReply Reply = new([]);

    private readonly ManualTime clock = new();
    private readonly IRedisScripts redis = Substitute.For<IRedisScripts>();
    private readonly GuardedRedis guarded;
    private Func<Task<RedisReply>> answer = () => Task.FromResult(Reply);
    private int asked;

    public GuardedRedisTests()
    {
        guarded = new GuardedRedis(redis, new GuardTimes(), clock, NullLogger<GuardedRedis>.Instance);
        redis.RunAsync(Arg.Any<RedisScript>(), default!, default!, default).ReturnsForAnyArgs(_ =>
        {
            asked++;
            return answer();
        });
        redis.InfoAsync(default).ReturnsForAnyArgs(new Dictionary<string, string> { ["run_id"] = "abc", ["maxmemory_policy"] = "noeviction" });
    }

    [Fact]
    public async Task Four_failures_in_a_row_are_borne_and_the_fifth_is_not()
    {
        for (var i = 0; i < 8; i++)
        {
            await FailAsync(4);
            await SucceedAsync();
        }

        await FailAsync(4);
        guarded.IsAnswering.Should().BeTrue();
        await FailAsync(1);

        guarded.IsAnswering.Should().BeFalse();
        var before = asked;
        await FailAsync(100);
        asked.Should().Be(before, "nobody asks any more");
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public async Task A_Redis_that_is_slow_for_most_is_left_alone(int milliseconds, bool answers)
    {
        for (var i = 0; i < 50; i++)
        {
            guarded.IsAnswering.Should().BeTrue("after {0} of fifty calls nothing is known yet", i);
            await SucceedAsync(i % 2 == 0 || i == 1 ? milliseconds : 1);
        }

        guarded.IsAnswering.Should().Be(answers);
    }

    [Fact]
    public async Task Half_of_the_last_fifty_may_fail()
    {
        for (var i = 0; i < 500; i++)
        {
            await SucceedAsync();
            await FailAsync(1);
        }

        guarded.IsAnswering.Should().BeTrue();
        await FailAsync(1);
        guarded.IsAnswering.Should().BeFalse();
    }

    [Fact]
    public async Task A_stall_counts_once_however_many_it_hits()
    {
        for (var stalls = 1; stalls <= 5; stalls++)
        {
            guarded.IsAnswering.Should().BeTrue("before stall {0}", stalls);
            var pending = new TaskCompletionSource<RedisReply>();
            answer = () => pending.Task;
            var waiting = Enumerable.Range(0, 100).Select(_ => guarded.RunAsync(Script, [], [])).ToList();
            clock.Advance(TimeSpan.FromMilliseconds(25));
            pending.SetException(new RedisFailureException("late"));
            foreach (var call in waiting)
                await call.Awaiting(late => late).Should().ThrowAsync<MeterUnavailableException>();
        }

        guarded.IsAnswering.Should().BeFalse();
    }

    [Fact]
    public async Task After_a_rest_one_call_tries_and_all_follow_when_it_succeeds()
    {
        await FailAsync(5);
        clock.Advance(TimeSpan.FromSeconds(1.9));
        await FailAsync(1);
        asked.Should().Be(5, "it rests for two seconds at least");

        clock.Advance(TimeSpan.FromSeconds(3.2));
        var pending = new TaskCompletionSource<RedisReply>();
        answer = () => pending.Task;
        var probe = guarded.RunAsync(Script, [], []);
        await ShouldFailAsync();
        asked.Should().Be(6, "one tries");
        pending.SetResult(Reply);
        await probe;

        guarded.IsAnswering.Should().BeTrue();
        await SucceedAsync();
        await FailAsync(4);
        guarded.IsAnswering.Should().BeTrue("it begins anew");
    }

    [Fact]
    public async Task When_the_one_that_tries_fails_it_rests_again()
    {
        await FailAsync(5);
        clock.Advance(TimeSpan.FromSeconds(5.1));
        await FailAsync(10);
        asked.Should().Be(6);

        clock.Advance(TimeSpan.FromSeconds(5.1));
        await SucceedAsync();
        guarded.IsAnswering.Should().BeTrue();
    }

    [Fact]
    public async Task A_look_at_a_Redis_that_is_well_lets_calls_through_again()
    {
        await FailAsync(5);
        answer = () => Task.FromResult(Reply);
        (await guarded.LookAsync(TestContext.Current.CancellationToken)).Should().Be(new RedisFacts("abc", "noeviction"));
        guarded.IsAnswering.Should().BeFalse("it still rests");

        clock.Advance(TimeSpan.FromSeconds(5.1));
        await guarded.LookAsync(TestContext.Current.CancellationToken);

        guarded.IsAnswering.Should().BeTrue();
    }

    [Fact]
    public async Task Every_third_look_in_vain_makes_a_new_connection()
    {
        redis.InfoAsync(default).ReturnsForAnyArgs(Task.FromException<IReadOnlyDictionary<string, string>>(new RedisFailureException("gone")));
        redis.ReconnectAsync().Returns(Task.FromException(new RedisFailureException("still gone")));

        for (var i = 0; i < 7; i++)
            (await guarded.LookAsync(TestContext.Current.CancellationToken)).Should().BeNull();

        await redis.Received(2).ReconnectAsync();
    }

    [Fact]
    public async Task What_may_be_run_twice_is_sent_once_more()
    {
        answer = () => asked == 1 ? throw new RedisFailureException("late") : Task.FromResult(Reply);
        (await guarded.RunAsync(Script, [], [], again: true)).Should().BeSameAs(Reply);
        asked.Should().Be(2);

        answer = () => throw new RedisFailureException("late");
        await guarded.Awaiting(shared => shared.RunAsync(Script, [], [], again: true)).Should().ThrowAsync<MeterUnavailableException>();
        asked.Should().Be(4);
        await ShouldFailAsync();
        asked.Should().Be(5);
    }

    [Fact]
    public async Task More_than_512_do_not_wait_at_once()
    {
        var pending = new TaskCompletionSource<RedisReply>();
        answer = () => pending.Task;
        var waiting = Enumerable.Range(0, 512).Select(_ => guarded.RunAsync(Script, [], [])).ToList();

        await ShouldFailAsync();
        asked.Should().Be(512);
        guarded.IsAnswering.Should().BeTrue("that is no fault of Redis'");
        pending.SetResult(Reply);
        await Task.WhenAll(waiting);
        await SucceedAsync();
    }

    private async Task FailAsync(int times)
    {
        answer = () => throw new RedisFailureException("no answer");
        for (var i = 0; i < times; i++)
            await ShouldFailAsync();
    }

    private async Task SucceedAsync(int milliseconds = 1)
    {
        answer = () =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
            return Task.FromResult(Reply);
        };
        await guarded.RunAsync(Script, [], []);
    }

    private async Task ShouldFailAsync() =>
        await guarded.Awaiting(shared => shared.RunAsync(Script, [], [])).Should().ThrowAsync<MeterUnavailableException>();
}
