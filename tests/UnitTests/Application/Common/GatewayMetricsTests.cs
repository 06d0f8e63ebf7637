using System.Diagnostics.Metrics;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Providers;
using CleanGateway.Domain.RequestLogs;
using CleanGateway.Domain.Usage;
using CleanGateway.UnitTests.Application.Inference;

namespace CleanGateway.UnitTests.Application.Common;

public sealed class GatewayMetricsTests : IDisposable
{
    private readonly Books books = new();
    private readonly MeterListener listener = new();
    private readonly List<(string Name, double Value, Dictionary<string, object?> Tags)> measured = [];

    public GatewayMetricsTests()
    {
        // Other tests measure at the same time, each with a meter of its own.
        listener.InstrumentPublished = (instrument, heard) =>
        {
            if (ReferenceEquals(instrument.Meter, books.Meter))
                heard.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
    }

    [Fact]
    public void A_call_that_cost_something_is_counted_with_its_tokens_and_its_cost()
    {
        books.Metrics.CallEnded(Dispatched().Answered(Answer(new TokenUsage(9, 3)), TimeSpan.FromSeconds(2)), TimeSpan.FromSeconds(2));

        Sum("cleangateway.calls").Should().Be(1);
        Sum("cleangateway.call.duration").Should().Be(2);
        Sum("cleangateway.tokens", ("direction", "input")).Should().Be(9);
        Sum("cleangateway.tokens", ("direction", "output")).Should().Be(3);
        Sum("cleangateway.cost").Should().Be(450_000, "it is counted in nano-dollars");
        Sum("cleangateway.calls.unpriced").Should().Be(0);
    }

    [Fact]
    public void A_call_whose_cost_is_not_known_is_counted_with_the_reason_and_adds_nothing()
    {
        books.Metrics.CallEnded(Dispatched().Answered(Answer(usage: null), TimeSpan.Zero), TimeSpan.Zero);

        Sum("cleangateway.calls.unpriced", ("reason", "usage_not_reported")).Should().Be(1);
        measured.Should().NotContain(measurement => measurement.Name == "cleangateway.cost" || measurement.Name == "cleangateway.tokens");
    }

    [Fact]
    public void A_call_that_never_went_upstream_is_only_counted()
    {
        books.Metrics.CallEnded(Begun().Refused(GatewayError.UnknownModel("gpt-99"), 400, LoggedBody.None, TimeSpan.Zero), TimeSpan.Zero);

        Sum("cleangateway.calls", ("outcome", "rejected"), ("code", "unknown_model")).Should().Be(1);
        measured.Select(measurement => measurement.Name).Distinct().Should().BeEquivalentTo("cleangateway.calls", "cleangateway.call.duration");
    }

    [Fact]
    public void A_call_is_counted_by_its_status_its_provider_and_the_models_name_in_the_catalogue()
    {
        books.Metrics.CallEnded(Dispatched().Answered(Answer(new TokenUsage(9, 3)), TimeSpan.Zero), TimeSpan.Zero);
        books.Metrics.CallEnded(Begun().Refused(GatewayError.UnknownModel("gpt-99"), 400, LoggedBody.None, TimeSpan.Zero), TimeSpan.Zero);

        Sum("cleangateway.calls", ("status", "200"), ("provider", "openai-main"), ("model", "gpt-4")).Should().Be(1);
        Sum("cleangateway.calls", ("status", "400"), ("provider", ""), ("model", "")).Should().Be(1);
    }

    [Fact]
    public void Cached_and_reasoning_tokens_are_told_beside_those_they_are_part_of()
    {
        var usage = new TokenUsage(9, 3) { CachedTokens = 4, ReasoningTokens = 1 };
        books.Metrics.CallEnded(Dispatched().Answered(Answer(usage), TimeSpan.Zero), TimeSpan.Zero);

        Sum("cleangateway.tokens").Should().Be(12);
        Sum("cleangateway.tokens.cached", ("model", "gpt-4")).Should().Be(4);
        Sum("cleangateway.tokens.reasoning", ("provider", "openai-main")).Should().Be(1);
    }

    [Theory]
    [InlineData(GatewayErrorKind.RateLimited, "token_limit_exceeded", "rate_limited")]
    [InlineData(GatewayErrorKind.RateLimited, "budget_reserved", "budget_reserved")]
    [InlineData(GatewayErrorKind.OverBudget, "daily_budget_exceeded", "budget_spent")]
    [InlineData(GatewayErrorKind.Unavailable, "budget_unavailable", "in_doubt")]
    [InlineData(GatewayErrorKind.Invalid, "unpriced_model", "refused")]
    public void What_admission_says_has_a_word(GatewayErrorKind kind, string code, string outcome)
    {
        books.Metrics.AdmissionAnswered(new GatewayError(kind, code, ""));
        books.Metrics.AdmissionAnswered(null);
        books.Metrics.NothingToAdmit();

        Sum("cleangateway.admissions", ("outcome", outcome), ("code", code)).Should().Be(1);
        Sum("cleangateway.admissions", ("outcome", "admitted"), ("code", "")).Should().Be(1);
        Sum("cleangateway.admissions", ("outcome", "unlimited"), ("code", "")).Should().Be(1);
    }

    [Fact]
    public async Task The_gateways_own_share_is_what_neither_provider_nor_caller_were_waited_for()
    {
        var call = books.Call();
        var log = Dispatched();
        call.WaitedForCaller(TimeSpan.FromSeconds(3));
        call.WaitedForUpstream(TimeSpan.FromSeconds(5));
        books.Clock.Advance(TimeSpan.FromSeconds(10));
        books.CompleteTakes = TimeSpan.FromSeconds(1);

        await books.Recorder.CompleteAsync(call, log.Answered(Answer(new TokenUsage(9, 3)), TimeSpan.FromSeconds(10)));

        Sum("cleangateway.call.overhead", ("route", "/v1/chat/completions")).Should().Be(3);
        Sum("cleangateway.journal.append.duration", ("record", "complete")).Should().Be(1);
    }

    [Fact]
    public async Task A_call_that_no_provider_was_asked_for_has_no_share()
    {
        await books.Recorder.RefuseAsync(books.Call(), Begun(), GatewayError.UnknownModel("gpt-99"));

        measured.Should().Contain(measurement => measurement.Name == "cleangateway.calls").And
            .NotContain(measurement => measurement.Name == "cleangateway.call.overhead");
    }

    [Fact]
    public async Task The_first_word_of_a_stream_is_timed_and_no_other()
    {
        books.AcceptTakes = TimeSpan.FromSeconds(2);
        await using var stream = await books.OpenAsync(new ScriptedStream(
            """{"choices":[{"index":0,"delta":{"role":"assistant"}}]}""",
            """{"choices":[{"index":0,"delta":{"content":"Hi"}}]}""",
            """{"choices":[{"index":0,"delta":{"content":" there"}}]}""",
            """{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""));

        await stream.MoveNextAsync();
        Times().Should().BeEmpty("a role is no word");
        await stream.MoveNextAsync();
        await stream.ReadToEndAsync();

        Times().Should().ContainSingle().Which.Should().Be(2);
        Sum("cleangateway.call.time_to_first_token", ("provider", "openai-main"), ("model", "gpt-4"), ("route", "/v1/chat/completions")).Should().Be(2);

        IEnumerable<double> Times() =>
            measured.Where(measurement => measurement.Name == "cleangateway.call.time_to_first_token").Select(measurement => measurement.Value);
    }

    [Fact]
    public void No_label_has_what_a_caller_made_up()
    {
        books.Metrics.CallEnded(Dispatched().Answered(Answer(new TokenUsage(9, 3)), TimeSpan.Zero), TimeSpan.Zero);

        measured.SelectMany(measurement => measurement.Tags.Values).Should().NotContain(value => $"{value}".Contains("made-up"));
        measured.Single(measurement => measurement.Name == "cleangateway.cost").Tags.Should()
            .Contain(new KeyValuePair<string, object?>("model", "gpt-4")).And.Contain(new KeyValuePair<string, object?>("provider", "openai-main"));
    }

    [Fact]
    public async Task A_stream_is_open_until_it_is_disposed()
    {
        var stream = await books.OpenAsync(new ScriptedStream("""{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""));
        Sum("cleangateway.streams.open").Should().Be(1);

        await stream.ReadToEndAsync();
        await stream.DisposeAsync();

        Sum("cleangateway.streams.open").Should().Be(0);
        Sum("cleangateway.calls").Should().Be(1);
    }

    [Fact]
    public async Task A_call_that_the_journal_did_not_take_is_counted_because_it_is_in_no_table()
    {
        books.Accepts = false;

        await books.Recorder.AcceptAsync(books.Call(), Begun(), CancellationToken.None);

        Sum("cleangateway.calls.unlogged").Should().Be(1);
        Sum("cleangateway.calls").Should().Be(0);
    }

    [Fact]
    public async Task A_call_that_was_told_that_it_is_not_logged_is_no_success()
    {
        books.Completes = false;
        var log = Begun();

        await books.Recorder.CompleteAsync(books.Call(), log.Answered(new Answer(200, LoggedBody.None, UsageReport.None), TimeSpan.Zero));

        Sum("cleangateway.calls", ("outcome", "ok")).Should().Be(0);
        Sum("cleangateway.calls", ("outcome", "gateway_error"), ("code", "log_unavailable")).Should().Be(1);
    }

    public void Dispose() => listener.Dispose();

    private double Sum(string name, params (string Key, string Value)[] tags) => measured
        .Where(measurement => measurement.Name == name && tags.All(tag => tag.Value.Equals(measurement.Tags[tag.Key])))
        .Sum(measurement => measurement.Value);

    private void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        measured.Add((instrument.Name, value, new Dictionary<string, object?>(tags.ToArray())));

    private RequestLog Begun()
    {
        var line = new RequestLine("/v1/chat/completions", "POST", "/v1/chat/completions?made-up", null, "made-up-id");
        var log = RequestLog.Begin(RequestId.New(books.Clock.GetUtcNow()), default, line, books.Clock.GetUtcNow());
        log.Asked(LoggedBody.None, "made-up-alias", "made-up-user");
        return log;
    }

    private RequestLog Dispatched()
    {
        var log = Begun();
        log.Dispatch(new Destination(new ProviderId(Guid.Empty), "openai-main", "gpt-4", new Price(0.00003m, 0.00006m)));
        return log;
    }

    private static Answer Answer(TokenUsage? usage) =>
        new(200, LoggedBody.None, usage is { } counted ? UsageReport.Of(counted) : UsageReport.None, "made-up-model");
}
