using CleanGateway.Application.Common;
using CleanGateway.Domain.Common;
using MediatR;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Application.Common;

public class LoggingBehaviourTests
{
    private const string Secret = "gw_the-secret-itself";

    private readonly ManualClock clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ListLogger<LoggingBehaviour<Whisper, string>> log = new();

    [Fact]
    public async Task A_message_is_logged_by_name_and_duration_and_never_by_content()
    {
        var answer = await HandleAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(12.34));
            return Task.FromResult(Secret);
        });

        answer.Should().Be(Secret);
        var (level, text, _) = log.Lines.Should().ContainSingle().Subject;
        level.Should().Be(LogLevel.Debug);
        text.Should().Contain("Whisper handled in 12.3 ms").And.NotContain(Secret);
    }

    [Fact]
    public async Task A_refusal_is_one_line_with_its_code_and_without_its_message()
    {
        var refusal = new GatewayException(GatewayError.Invalid($"'{Secret}' is no name", Secret));

        var handle = () => HandleAsync(() => throw refusal);

        (await handle.Should().ThrowAsync<GatewayException>()).Which.Should().BeSameAs(refusal);
        var (level, text, exception) = log.Lines.Should().ContainSingle().Subject;
        level.Should().Be(LogLevel.Information);
        text.Should().Contain("Whisper refused: invalid_request").And.NotContain(Secret);
        exception.Should().BeNull("a refusal is no fault of the gateway");
    }

    [Fact]
    public async Task A_fault_is_an_error_with_its_exception()
    {
        var fault = new InvalidOperationException("a bug");

        var handle = () => HandleAsync(() => throw fault);

        (await handle.Should().ThrowAsync<InvalidOperationException>()).Which.Should().BeSameAs(fault);
        log.Lines.Should().ContainSingle().Which.Should().Match<(LogLevel Level, string Text, Exception? Exception)>(line =>
            line.Level == LogLevel.Error && line.Exception == fault && line.Text.Contains("Whisper failed") && !line.Text.Contains(Secret));
    }

    [Fact]
    public async Task A_caller_who_leaves_is_no_fault()
    {
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        var handle = () => HandleAsync(() => throw new OperationCanceledException(caller.Token), caller);

        await handle.Should().ThrowAsync<OperationCanceledException>();
        log.Lines.Should().NotContain(line => line.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_a_fault()
    {
        var handle = () => HandleAsync(() => throw new TaskCanceledException("a timeout that nobody caught"));

        await handle.Should().ThrowAsync<TaskCanceledException>();
        log.Lines.Should().ContainSingle().Which.Level.Should().Be(LogLevel.Error);
    }

    private Task<string> HandleAsync(RequestHandlerDelegate<string> next, CancellationTokenSource? caller = null) =>
        new LoggingBehaviour<Whisper, string>(clock, log).Handle(new Whisper(Secret), caller?.Token ?? CancellationToken.None, next);

    internal sealed record Whisper(string Text) : IRequest<string>;
}
