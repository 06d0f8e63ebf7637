using CleanGateway.IntegrationTests.Clients;
using CleanGateway.IntegrationTests.Fixtures;
using CleanGateway.IntegrationTests.Providers;

namespace CleanGateway.IntegrationTests;

/// <summary>Every kind of provider with every client library: answers, and what the books say of them.</summary>
public class ProviderTestsChat(GatewayFixture gateway) : ProviderTest(gateway)
{
    [Theory]
    [MemberData(nameof(KindsAndClientsAndWays))]
    public async Task It_answers_and_the_books_say_what_it_cost(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        provider.Next(new ModelScript(new Say("Grüße", ", \"世界\"\n", "👋🏽")) { Usage = one.AllSorts });

        var heard = await ClientOf(client).AskAsync(new Ask(Model, stream));

        heard.Error.Should().BeNull();
        heard.Text.Should().Be("Grüße, \"世界\"\n👋🏽");
        heard.Finish.Should().Be(IsAnthropic(client) ? "end_turn" : "stop");
        (heard.PromptTokens, heard.CachedTokens, heard.OutputTokens).Should().Be((one.AllSorts.Prompt, one.AllSorts.CachedRead, one.AllSorts.Output));
        await ShouldBeBookedAsync(one, one.AllSorts);
    }

    [Theory]
    [MemberData(nameof(KindsAndClients))]
    public async Task A_stream_that_comes_byte_by_byte_is_the_same(string kind, string client)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);
        provider.Next(new ModelScript(new Say("Grüße", ", \"世界\"\n", "👋🏽"), new Finish(FinishReason.MaxTokens))
        {
            Usage = one.AllSorts, PieceSize = 1,
        });

        var heard = await ClientOf(client).AskAsync(new Ask(Model, Stream: true));

        heard.Error.Should().BeNull();
        heard.Text.Should().Be("Grüße, \"世界\"\n👋🏽");
        heard.Finish.Should().Be(IsAnthropic(client) ? "max_tokens" : "length");
        await ShouldBeBookedAsync(one, one.AllSorts);
    }

    [Theory]
    [MemberData(nameof(KindsAndClients))]
    public async Task It_sees_pictures(string kind, string client)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        var heard = await ClientOf(client).AskAsync(new Ask(Model, Topic: Topic.Picture));

        heard.Error.Should().BeNull();
        heard.Text.Should().Be(Told.Picture);
        await ShouldBeBookedAsync(one, one.Usual());
    }

    /// <summary>With: streamed.</summary>
    public static MatrixTheoryData<string, string, bool> ThoseThatKeepToSchemas =>
        new(ProviderCases.That(Ability.KeepsToSchemas), ClientNames, WholeAndStreamed);

    [Theory]
    [MemberData(nameof(ThoseThatKeepToSchemas))]
    public async Task It_keeps_to_a_schema(string kind, string client, bool stream)
    {
        var one = ProviderCases.Of(kind);
        await using var provider = await ServeAsync(one);

        var heard = await ClientOf(client).AskAsync(new Ask(Model, stream, Topic.Json));

        heard.Error.Should().BeNull();
        heard.Text.Should().Be(Told.Json);
        heard.Finish.Should().Be(IsAnthropic(client) ? "end_turn" : "stop");
        await ShouldBeBookedAsync(one, one.Usual());
    }
}
