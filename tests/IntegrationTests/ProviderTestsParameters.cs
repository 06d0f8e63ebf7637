using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Parameters that a kind of provider cannot do: refused by name, or left out where the key or the model says so.</summary>
public class ProviderTestsParameters(GatewayFixture gateway) : ProviderTest(gateway)
{
    private const string DroppedHeader = "x-gateway-dropped-params";
    private const string Biased = $$"""{"model":"{{Model}}","messages":[{"role":"user","content":"Say hello!"}],"logit_bias":{"15339":-100} }""";

    public static TheoryData<string> Kinds => [.. ProviderCases.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_cannot_be_said_is_refused_by_its_name(string kind)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        using var response = await PostAsync(Biased);

        if (one.Can(Ability.TakesBias))
        {
            ((int)response.StatusCode).Should().Be(200);
            provider.Request.Json.GetProperty("logit_bias").GetRawText().Should().Be("""{"15339":-100}""");
            return;
        }

        ((int)response.StatusCode).Should().Be(400);
        var error = await ErrorAsync(response);
        (error.Text("type"), error.Text("param"), error.Text("code")).Should().Be(("invalid_request_error", "logit_bias", "unsupported_parameter"));
        error.Text("message").Should().Contain("drop_params");
        provider.Requests.Should().BeEmpty();
        var call = (await CallsAsync(1)).Single();
        (call.ErrorCode, call.Status, call.Cost, call.IsInLedger).Should().Be(("unsupported_parameter", 400, 0m, false));
    }

    /// <summary>With: the key says so, not the model; and streamed.</summary>
    public static MatrixTheoryData<string, bool, bool> KindsThatDrop =>
        new(ProviderCases.Names.Where(name => !ProviderCases.Of(name).Can(Ability.TakesBias)), [true, false], WholeAndStreamed);

    [Theory]
    [MemberData(nameof(KindsThatDrop))]
    public async Task What_cannot_be_said_is_left_out_where_that_is_allowed(string kind, bool byKey, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one, keyDrops: byKey, modelDrops: !byKey);

        using var response = await PostAsync(stream ? Biased[..^1] + ",\"stream\":true}" : Biased);

        ((int)response.StatusCode).Should().Be(200);
        response.Headers.GetValues(DroppedHeader).Should().Equal("logit_bias");
        (await ReadToEndAsync(response)).Text.Should().Contain("Hello");
        provider.Request.Body.Should().NotContain("bias");
        await ShouldBeBookedAsync(one, one.Usual());
    }
}
