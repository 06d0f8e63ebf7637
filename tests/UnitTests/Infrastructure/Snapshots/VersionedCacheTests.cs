using CleanGateway.Domain.Common;
using CleanGateway.Infrastructure.Snapshots;

namespace CleanGateway.UnitTests.Infrastructure.Snapshots;

public sealed class VersionedCacheTests : IDisposable
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan MissingTimeToLive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StaleTimeToLive = TimeSpan.FromMinutes(15);

    private readonly ManualTime clock = new();
    private readonly ConfigurationVersion version = new() { Newest = 1 };
    private readonly KeyDatabase database = new();
    private VersionedCache<string>? cache;

    public void Dispose() => cache?.Dispose();

    [Fact]
    public async Task What_was_found_is_not_asked_for_again_while_it_lives()
    {
        database.Answer("hash", "key");

        (await FindAsync("hash")).Should().Be("key");
        clock.Advance(TimeToLive - TimeSpan.FromTicks(1));
        (await FindAsync("hash")).Should().Be("key");
        database.Asked.Should().Be(1);

        clock.Advance(TimeSpan.FromTicks(1));
        (await FindAsync("hash")).Should().Be("key");
        database.Asked.Should().Be(2);
    }

    [Fact]
    public async Task What_was_not_found_is_remembered_for_a_short_while()
    {
        (await FindAsync("hash")).Should().BeNull();
        clock.Advance(MissingTimeToLive - TimeSpan.FromTicks(1));
        (await FindAsync("hash")).Should().BeNull();
        database.Asked.Should().Be(1);

        clock.Advance(TimeSpan.FromTicks(1));
        database.Answer("hash", "key");
        (await FindAsync("hash")).Should().Be("key");
    }

    [Fact]
    public async Task A_key_that_has_just_been_made_is_found_although_it_was_looked_for_before()
    {
        (await FindAsync("hash")).Should().BeNull();

        database.Answer("hash", "key", at: 2);
        version.Newest = 2;

        (await FindAsync("hash")).Should().Be("key");
    }

    [Fact]
    public async Task A_key_that_has_been_revoked_is_not_believed_once_the_new_version_is_known()
    {
        database.Answer("hash", "key");
        await FindAsync("hash");

        database.Answer("hash", null, at: 2);
        version.Newest = 2;

        (await FindAsync("hash")).Should().BeNull();
    }

    [Fact]
    public async Task What_was_being_loaded_during_a_revocation_is_not_remembered()
    {
        var answer = database.Hold("hash");
        var first = FindAsync("hash");
        version.Newest = 2;
        answer.SetResult(new Versioned<string>(1, "key"));
        await first;
        database.Answer("hash", null, at: 2);

        (await FindAsync("hash")).Should().BeNull("the answer was from before the revocation");
    }

    [Fact]
    public async Task Who_comes_after_a_revocation_does_not_share_an_answer_from_before_it()
    {
        var answer = database.Hold("hash");
        _ = FindAsync("hash");
        version.Newest = 2;
        database.Answer("hash", null, at: 2);

        var second = FindAsync("hash");
        answer.SetResult(new Versioned<string>(1, "key"));

        (await second).Should().BeNull("the replica knew of version 2 before it was asked");
    }

    [Fact]
    public async Task Many_callers_at_once_make_one_look_up()
    {
        var answer = database.Hold("hash");
        var callers = Enumerable.Range(0, 50).Select(_ => FindAsync("hash")).ToList();

        answer.SetResult(new Versioned<string>(1, "key"));

        (await Task.WhenAll(callers)).Should().OnlyContain(found => found == "key");
        database.Asked.Should().Be(1);
    }

    [Fact]
    public async Task A_caller_who_leaves_does_not_take_the_look_up_with_him()
    {
        var answer = database.Hold("hash");
        using var caller = new CancellationTokenSource();
        var leaving = Cache.FindAsync("hash", caller.Token).AsTask();
        var staying = FindAsync("hash");

        await caller.CancelAsync();
        await FluentActions.Awaiting(() => leaving).Should().ThrowAsync<OperationCanceledException>();
        answer.SetResult(new Versioned<string>(1, "key"));

        (await staying).Should().Be("key");
    }

    [Fact]
    public async Task Different_keys_do_not_wait_for_each_other()
    {
        database.Hold("slow");
        database.Answer("fast", "key");
        _ = FindAsync("slow");

        (await FindAsync("fast")).Should().Be("key");
    }

    [Theory]
    [InlineData("npgsql")]
    [InlineData("timeout")]
    [InlineData("io")]
    public async Task With_the_database_gone_known_callers_go_on_for_a_while(string failure)
    {
        database.Answer("hash", "key");
        await FindAsync("hash");
        database.Fail(failure);

        clock.Advance(StaleTimeToLive - TimeSpan.FromTicks(1));
        (await FindAsync("hash")).Should().Be("key");

        clock.Advance(TimeSpan.FromTicks(1));
        await ShouldBeUnavailableAsync("hash");
    }

    [Fact]
    public async Task With_the_database_gone_no_one_unknown_gets_in()
    {
        await FindAsync("wrong");
        database.Fail("npgsql");

        await ShouldBeUnavailableAsync("hash");
        clock.Advance(MissingTimeToLive);
        await ShouldBeUnavailableAsync("wrong");
    }

    [Fact]
    public async Task With_the_database_gone_nothing_from_before_the_newest_known_version_is_believed()
    {
        database.Answer("hash", "key");
        await FindAsync("hash");
        version.Newest = 2;
        database.Fail("npgsql");

        await ShouldBeUnavailableAsync("hash");
    }

    [Fact]
    public async Task When_the_database_is_back_it_is_asked_again()
    {
        database.Answer("hash", "key");
        await FindAsync("hash");
        database.Fail("npgsql");
        clock.Advance(TimeToLive);
        await FindAsync("hash");

        database.Answer("hash", null);

        (await FindAsync("hash")).Should().BeNull();
    }

    [Fact]
    public async Task A_fault_of_the_gateway_itself_is_not_taken_for_a_lost_database()
    {
        database.Answer("hash", "key");
        await FindAsync("hash");
        database.Fail("bug");
        clock.Advance(TimeToLive);

        await FluentActions.Awaiting(() => FindAsync("hash")).Should().ThrowAsync<InvalidOperationException>();
    }

    [Fact]
    public async Task It_holds_no_more_than_its_size()
    {
        cache = new VersionedCache<string>(database.LoadAsync, size: 10, TimeToLive, version, clock);
        var hashes = Enumerable.Range(0, 200).Select(number => $"hash-{number}").ToList();
        foreach (var hash in hashes)
            database.Answer(hash, hash);

        foreach (var hash in hashes)
            (await FindAsync(hash)).Should().Be(hash);
        var asked = database.Asked;
        foreach (var hash in hashes)
            (await FindAsync(hash)).Should().Be(hash);

        (database.Asked - asked).Should().BeGreaterThanOrEqualTo(hashes.Count - 10);
    }

    [Fact]
    public async Task Wrong_keys_do_not_push_right_ones_out()
    {
        cache = new VersionedCache<string>(database.LoadAsync, size: 1, TimeToLive, version, clock);
        database.Answer("hash", "key");
        await FindAsync("hash");

        for (var i = 0; i < 1000; i++)
            await FindAsync($"wrong-{i}");
        var asked = database.Asked;
        await FindAsync("hash");

        database.Asked.Should().Be(asked);
    }

    private VersionedCache<string> Cache => cache ??= new VersionedCache<string>(database.LoadAsync, size: 100, TimeToLive, version, clock);

    private Task<string?> FindAsync(string hash) => Cache.FindAsync(hash, TestContext.Current.CancellationToken).AsTask();

    private async Task ShouldBeUnavailableAsync(string hash)
    {
        var refused = (await FluentActions.Awaiting(() => FindAsync(hash)).Should().ThrowAsync<GatewayException>()).Which.Error;
        (refused.Kind, refused.RetryAfter > TimeSpan.Zero).Should().Be((GatewayErrorKind.Unavailable, true));
        refused.Message.Should().NotContain("10.1.2.3");
    }
}
