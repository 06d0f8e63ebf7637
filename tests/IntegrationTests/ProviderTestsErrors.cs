using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider with every client library: refusals and failures, in the form of the API that was called.</summary>
public class ProviderTestsErrors(GatewayFixture gateway) : ProviderTest(gateway)
{
    // What the gateway says where the provider does not say when to come back.
    private const string UsualWait = "5";

    [Theory]
    [MemberData(nameof(KindsAndClientsAndWays))]
    public async Task A_rate_limit_says_when_to_come_back(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        provider.Next(new ModelScript(stream ? [new HeadFailure(ModelFailure.RateLimited)] : [new Fail(ModelFailure.RateLimited)]));

        var error = (await ClientOf(client).AskAsync(new Ask(Model, stream))).Error!;

        ShouldBe(error, client, 429, "rate_limit_error", "rate_limit_exceeded");
        error.RetryAfter.Should().BeOneOf(one.Can(Ability.SaysWhenToRetry) ? "7" : UsualWait, client == AnthropicNuGet ? null : "7");
        await ShouldBeRefusedAsync("rate_limit_exceeded", 429, isBilled: false);
    }

    [Theory]
    [MemberData(nameof(KindsAndClientsAndWays))]
    public async Task An_overloaded_provider_is_one(string kind, string client, bool stream)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        provider.Next(new ModelScript(stream ? [new HeadFailure(ModelFailure.Overloaded)] : [new Fail(ModelFailure.Overloaded)]));

        var error = (await ClientOf(client).AskAsync(new Ask(Model, stream))).Error!;

        // Anthropic's clients know 529 from Anthropic.
        error.Status.Should().BeOneOf(503, IsAnthropic(client) ? 529 : 503);
        ShouldBe(error, client, error.Status!.Value, IsAnthropic(client) ? "overloaded_error" : "server_error", "upstream_overloaded");
        await ShouldBeRefusedAsync("upstream_overloaded", error.Status.Value, isBilled: true);
    }

    [Theory]
    [MemberData(nameof(KindsAndClients))]
    public async Task A_stream_that_begins_with_a_failure_is_an_error_with_a_status(string kind, string client)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));
        provider.Next(new ModelScript(new Begin(), new Fail(ModelFailure.Internal)));

        var error = (await ClientOf(client).AskAsync(new Ask(Model, Stream: true))).Error!;

        ShouldBe(error, client, 502, IsAnthropic(client) ? "api_error" : "server_error", "upstream_error");
        await ShouldBeRefusedAsync("upstream_error", 502, isBilled: true);
    }

    [Theory]
    [MemberData(nameof(KindsAndClients))]
    public async Task A_provider_that_does_not_know_the_gateway_is_the_operators_business(string kind, string client)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one, strange: true);

        var error = (await ClientOf(client).AskAsync(new Ask(Model))).Error!;

        error.Status.Should().Be(502);
        error.Type.Should().Be(IsAnthropic(client) ? "api_error" : "upstream_error");
        error.Code.Should().BeOneOf("upstream_authentication_error", "upstream_permission_denied", "", null);
        error.Message.Should().NotContainAny("nobody", "hunter2", "EXAMPLE");
        var call = (await CallsAsync(1)).Single();
        call.ErrorCode.Should().BeOneOf("upstream_authentication_error", "upstream_permission_denied");
        (call.Outcome, call.Cost, call.IsInLedger).Should().Be(("upstream_error", 0m, false));
    }

    public static TheoryData<string> Borrowers => ["vertex_ai, Gemini", "vertex_ai, Claude"];

    [Theory]
    [MemberData(nameof(Borrowers))]
    public async Task A_token_that_was_taken_back_is_replaced_within_the_call(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        (await ClientOf(OpenAiNpm).AskAsync(new Ask(Model))).Text.Should().Be(Told.Hello);

        GoogleAccount.Tokens.Revoke();
        (await ClientOf(OpenAiNpm).AskAsync(new Ask(Model))).Text.Should().Be(Told.Hello);

        provider.Requests.Should().HaveCount(3, "the second call went out twice");
        await ShouldBeBookedAsync(one, one.Usual(), one.Usual());
    }

    /// <summary>Without Anthropic's .NET library, which no longer has the parameter.</summary>
    public static MatrixTheoryData<string, string> ThoseWithTemperature => new(ProviderCases.Names, [OpenAiNpm, OpenAiNuGet, AnthropicNpm]);

    [Theory]
    [MemberData(nameof(ThoseWithTemperature))]
    public async Task What_the_provider_finds_wrong_with_a_request_is_told(string kind, string client)
    {
        await using var provider = await ServeAsync(ProviderCases.Of(kind));

        var error = (await ClientOf(client).AskAsync(new Ask(Model, Temperature: 7))).Error!;

        error.Status.Should().Be(400);
        error.Type.Should().Be("invalid_request_error");
        error.Message.Should().ContainEquivalentOf("temperature");
        (await CallsAsync(1)).Single().Status.Should().Be(400);
    }

    private static void ShouldBe(HeardError error, string client, int status, string type, string code)
    {
        error.Status.Should().Be(status);
        error.Type.Should().Be(type);
        if (!IsAnthropic(client))
            error.Code.Should().Be(code);
    }

    private async Task ShouldBeRefusedAsync(string code, int status, bool isBilled)
    {
        var call = (await CallsAsync(1)).Single();
        (call.Outcome, call.ErrorCode, call.Status).Should().Be(("upstream_error", code, status));
        (call.Prompt, call.Completion).Should().Be((null, null));
        (call.Cost, call.UnpricedReason, call.IsInLedger).Should().Be(isBilled ? (null, "upstream_failed", true) : (0m, null, false));
    }
}
