namespace CleanGateway.IntegrationTests.Fixtures;

/// <summary>What the caller is told of an upstream's failure, and what the books say of it.</summary>
/// <param name="Billed">The provider may charge for the call, so that what it cost is not known.</param>
public sealed record Failure(int Status, string Message, string Type, string? Param, string Code, bool Billed = true)
{
    public static Failure BadResponse { get; } = new(502, "The provider's answer could not be understood.", "server_error", null, "upstream_bad_response");

    public static Failure TimedOut { get; } = new(504, "The provider did not answer in time.", "server_error", null, "upstream_timeout");

    public static Failure Disconnected { get; } =
        new(502, "The provider closed the connection instead of answering.", "server_error", null, "upstream_connection_error");

    public static Failure Unreachable { get; } =
        new(502, "The provider could not be reached.", "server_error", null, "upstream_connection_error", Billed: false);
}

/// <summary>Tests of upstreams that fail before anything has reached the caller.</summary>
public abstract class ChatTestOfFailures(GatewayFixture gateway) : ChatTest(gateway)
{
    /// <summary>As at the beginning of the test, with a key and a model behind the fake upstream.</summary>
    protected async Task ForgetAsync()
    {
        await Gateway.ResetAsync();
        await ServeToAKeyAsync();
    }

    protected async Task ShouldFailAsync(HttpResponseMessage response, Failure failure)
    {
        var body = ErrorOf(failure.Message, failure.Type, failure.Param, failure.Code);
        (await TextAsync(response)).Should().Be(body);
        ((int)response.StatusCode).Should().Be(failure.Status);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        response.Headers.Contains("Retry-After").Should().Be(failure.Status == 429 || response.Headers.Contains("retry-after-ms"), "all 429 have one");

        var logged = await LoggedAsync();
        (logged.Outcome, logged.ErrorCode, logged.Status, logged.ResponseStatus).Should().Be(("upstream_error", failure.Code, failure.Status, failure.Status));
        (logged.ResponseBody, logged.ResponseBodyForm).Should().Be((body, "json"));
        (logged.PromptTokens, logged.CompletionTokens).Should().Be((null, null));
        (logged.Cost, logged.UnpricedReason, logged.LedgerLines).Should().Be(failure.Billed ? (null, "upstream_failed", 1) : (0, null, 0));
    }
}
