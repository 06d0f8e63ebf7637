using CleanGateway.Infrastructure.ProviderAdapters.Credentials;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class AccessTokenCacheTests
{
    private readonly ManualTime clock = new();
    private readonly FailureLog failures = new();
    private readonly ScriptedSource source;
    private readonly AccessTokenCache tokens;

    public AccessTokenCacheTests()
    {
        source = new ScriptedSource(clock);
        tokens = new AccessTokenCache(source, "main", clock, failures);
    }

    [Fact]
    public async Task However_many_want_one_one_request_is_made()
    {
        var answer = source.Hold();
        var callers = Enumerable.Range(0, 20).Select(_ => tokens.GetAsync(Stop).AsTask()).ToArray();
        await source.AskedAsync(1);

        answer.SetResult();

        (await Task.WhenAll(callers)).Should().OnlyContain(token => token == "token-1");
        (await tokens.GetAsync(Stop)).Should().Be("token-1");
        source.Requests.Should().Be(1);
    }

    [Fact]
    public async Task The_next_is_fetched_five_minutes_early_while_the_present_one_serves()
    {
        await tokens.GetAsync(Stop);
        clock.Advance(TimeSpan.FromMinutes(55) - TimeSpan.FromTicks(1));
        await tokens.GetAsync(Stop);
        source.Requests.Should().Be(1, "it is not time yet");

        clock.Advance(TimeSpan.FromTicks(1));
        var answer = source.Hold();
        (await tokens.GetAsync(Stop)).Should().Be("token-1", "nobody waits for the next");
        await source.AskedAsync(2);
        (await tokens.GetAsync(Stop)).Should().Be("token-1");
        answer.SetResult();

        await UntilAsync("token-2");
        source.Requests.Should().Be(2);
    }

    [Fact]
    public async Task A_token_of_a_short_life_is_renewed_after_half_of_it()
    {
        source.Life = TimeSpan.FromMinutes(4);
        await tokens.GetAsync(Stop);
        clock.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1));
        await tokens.GetAsync(Stop);
        source.Requests.Should().Be(1);

        clock.Advance(TimeSpan.FromTicks(1));
        (await tokens.GetAsync(Stop)).Should().Be("token-1");

        await UntilAsync("token-2");
    }

    [Fact]
    public async Task Its_issuer_may_want_to_be_asked_sooner()
    {
        source.RefreshAfter = TimeSpan.FromMinutes(10);
        await tokens.GetAsync(Stop);

        clock.Advance(TimeSpan.FromMinutes(10));
        await tokens.GetAsync(Stop);

        await UntilAsync("token-2");
    }

    [Fact]
    public async Task An_expired_token_is_not_used_and_its_successor_waited_for()
    {
        await tokens.GetAsync(Stop);

        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(30));

        (await tokens.GetAsync(Stop)).Should().Be("token-2");
    }

    [Fact]
    public async Task A_refused_token_is_forgotten_and_a_newer_one_is_not()
    {
        await tokens.GetAsync(Stop);

        tokens.Forget("token-1");
        (await tokens.GetAsync(Stop)).Should().Be("token-2");
        tokens.Forget("token-1");

        (await tokens.GetAsync(Stop)).Should().Be("token-2", "another call had been refused with the old one");
        source.Requests.Should().Be(2);
    }

    [Fact]
    public async Task A_caller_who_leaves_does_not_take_the_others_token_along()
    {
        using var leaving = new CancellationTokenSource();
        var answer = source.Hold();
        var gone = tokens.GetAsync(leaving.Token).AsTask();
        var stays = tokens.GetAsync(Stop).AsTask();
        await source.AskedAsync(1);

        await leaving.CancelAsync();
        await FluentActions.Awaiting(() => gone).Should().ThrowAsync<OperationCanceledException>();
        answer.SetResult();

        (await stays).Should().Be("token-1");
        source.Requests.Should().Be(1);
    }

    [Fact]
    public async Task While_the_present_token_serves_a_failure_is_nobodys_and_is_not_repeated_at_once()
    {
        await tokens.GetAsync(Stop);
        clock.Advance(TimeSpan.FromMinutes(55));
        source.Failure = new UpstreamCredentialException("refused");
        await tokens.GetAsync(Stop);
        await source.AskedAsync(2);

        await failures.WrittenAsync();
        (await tokens.GetAsync(Stop)).Should().Be("token-1");
        source.Requests.Should().Be(2, "it has just been tried");

        source.Failure = null;
        clock.Advance(TimeSpan.FromSeconds(10));
        await tokens.GetAsync(Stop);
        await UntilAsync("token-3");
    }

    [Fact]
    public async Task Without_a_token_the_failure_is_everybodys_and_the_next_call_tries_again()
    {
        source.Failure = new UpstreamCredentialException("Google gave no token: invalid_grant");
        var answer = source.Hold();
        var callers = Enumerable.Range(0, 5).Select(_ => tokens.GetAsync(Stop).AsTask()).ToArray();
        await source.AskedAsync(1);
        answer.SetResult();

        foreach (var caller in callers)
            (await FluentActions.Awaiting(() => caller).Should().ThrowAsync<UpstreamCredentialException>()).WithMessage("*invalid_grant*");

        source.Failure = null;
        (await tokens.GetAsync(Stop)).Should().Be("token-2");
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        source.Hold();
        var caller = tokens.GetAsync(Stop).AsTask();
        await source.AskedAsync(1);

        clock.Advance(TimeSpan.FromSeconds(30));

        (await FluentActions.Awaiting(() => caller).Should().ThrowAsync<UpstreamCredentialException>()).WithMessage("*30 s*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\r\nX-Evil: 1")]
    public async Task A_token_that_no_header_can_carry_is_a_failure(string value)
    {
        source.Value = value;

        await FluentActions.Awaiting(() => tokens.GetAsync(Stop).AsTask()).Should().ThrowAsync<UpstreamCredentialException>();
    }

    [Fact]
    public async Task An_unforeseen_failure_is_told_by_its_kind_alone()
    {
        source.Failure = new InvalidOperationException("client_secret=hunter2");

        (await FluentActions.Awaiting(() => tokens.GetAsync(Stop).AsTask()).Should().ThrowAsync<UpstreamCredentialException>())
            .Which.ToString().Should().Contain(nameof(InvalidOperationException)).And.NotContain("hunter2");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The request in the background ends when it ends; every round gives it the processor.
    private async Task UntilAsync(string token)
    {
        while (await tokens.GetAsync(Stop) != token)
            await Task.Yield();
    }

    private sealed class ScriptedSource(ManualTime clock) : IAccessTokenSource
    {
        private TaskCompletionSource? held;
        private int requests;

        public int Requests => Volatile.Read(ref requests);

        public TimeSpan Life { get; set; } = TimeSpan.FromHours(1);

        public TimeSpan? RefreshAfter { get; set; }

        public string? Value { get; set; }

        public Exception? Failure { get; set; }

        /// <summary>The next answer waits until this is done.</summary>
        public TaskCompletionSource Hold() => held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task AskedAsync(int number)
        {
            while (Requests < number)
                await Task.Yield();
        }

        public async Task<AccessToken> RequestAsync(CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref requests);
            if (held is { } waiting)
                await waiting.Task;

            held = null;
            var now = clock.GetUtcNow();
            return Failure is null ? new AccessToken(Value ?? $"token-{number}", now + Life, now + RefreshAfter) : throw Failure;
        }
    }

    private sealed class FailureLog : ILogger
    {
        private readonly TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task WrittenAsync() => written.Task.WaitAsync(Stop);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            written.TrySetResult();
    }
}
