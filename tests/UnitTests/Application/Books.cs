using System.Diagnostics.Metrics;
using System.Text;
using CleanGateway.Application.ChatCompletions;
using CleanGateway.Application.Common;
using CleanGateway.Application.RequestLogs;
using CleanGateway.Application.Telemetry;
using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using Microsoft.Extensions.Logging;

namespace CleanGateway.UnitTests.Application;

/// <summary>A journal that remembers what it was given, and whatever else it takes to record a call.</summary>
internal sealed class Books
{
    public const string Prompt = "Tell me the secret of the sea";

    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Books()
    {
        GenAi = new GenAiMetrics(new Meters(this));
        Metrics = new GatewayMetrics(new Meters(this));
        Recorder = new CallRecorder(new Journal(this), Waits, Metrics, Clock, Log);
    }

    public ManualClock Clock { get; } = new(Start);
    public JournalWaits Waits { get; } = new();
    public Shutdown Shutdown { get; } = new();
    public GatewayMetrics Metrics { get; }
    public GenAiMetrics GenAi { get; }
    public Meter? Meter { get; private set; }
    public CallRecorder Recorder { get; }
    public ListLogger<CallRecorder> Log { get; } = new();

    /// <summary>What the journal answers from now on, and how long it takes.</summary>
    public bool IsAvailable { get; set; } = true;
    public bool Accepts { get; set; } = true;
    public bool Completes { get; set; } = true;
    public TimeSpan AcceptTakes { get; set; }
    public TimeSpan CompleteTakes { get; set; }

    /// <summary>Completing waits for this.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Done when the journal has been asked to complete an exchange.</summary>
    public TaskCompletionSource Completing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<RequestLog> Accepted { get; } = [];
    public List<TokenUsage> Reported { get; } = [];
    public List<Exchange> Completed { get; } = [];

    /// <summary>The one exchange that was recorded.</summary>
    public Exchange Single => Completed.Should().ContainSingle("every call is recorded once").Subject;

    public ClientCall Call(params string[]? models)
    {
        var key = ApiKey.Issue("ci", "test-key-12345", Start, new KeyLimits { AllowedModels = models is { Length: > 0 } ? models : null });
        var line = new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions", "{}", null);
        return new ClientCall(RequestId.New(Clock.GetUtcNow()), key, line, Clock.GetUtcNow(), Clock.GetTimestamp());
    }

    public static ChatRequest Chat(string model = "gpt-4", string more = "")
    {
        var json = $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{Prompt}}"}]{{more}}}""";
        ChatRequest.TryParse(Encoding.UTF8.GetBytes(json), out var chat, out var error).Should().BeTrue(error?.Message);
        return chat;
    }

    private sealed class Journal(Books books) : IExchangeJournal
    {
        public bool IsAvailable => books.IsAvailable;

        public void Report(RequestLog request, TokenUsage seen) => books.Reported.Add(seen);

        public ValueTask<bool> AcceptAsync(RequestLog request, CancellationToken cancellationToken)
        {
            books.Accepted.Add(request);
            books.Clock.Advance(books.AcceptTakes);
            return ValueTask.FromResult(books.Accepts);
        }

        public async ValueTask<bool> CompleteAsync(Exchange exchange, CancellationToken cancellationToken)
        {
            books.Completed.Add(exchange);
            books.Completing.TrySetResult();
            await books.Gate;
            books.Clock.Advance(books.CompleteTakes);
            cancellationToken.ThrowIfCancellationRequested();
            return books.Completes;
        }
    }

    private sealed class Meters(Books books) : IMeterFactory
    {
        public Meter Create(MeterOptions options) => books.Meter = new Meter(options);

        public void Dispose()
        {
        }
    }
}

/// <summary>Remembers log lines as they would be written, all their values included.</summary>
internal sealed class ListLogger<T> : ILogger<T>
{
    public List<(LogLevel Level, string Text, Exception? Exception)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = string.Join(" ", ((IEnumerable<KeyValuePair<string, object?>>)state!).Select(pair => $"{pair.Key}={pair.Value}"));
        Lines.Add((logLevel, $"{formatter(state, exception)} | {values} | {exception}", exception));
    }
}
