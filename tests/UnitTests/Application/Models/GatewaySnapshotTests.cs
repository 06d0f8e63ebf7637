using CleanGateway.Application.Inference;
using CleanGateway.Application.Models;
using CleanGateway.Domain.RequestLogs;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Models;

public class GatewaySnapshotTests
{
    private static readonly InferenceTarget Target = new(new Destination(default, "openai-main", "gpt-4", null), "gpt-4", Substitute.For<IInferenceProvider>());
    private readonly GatewaySnapshot snapshot = new(7, [Served("gpt-4", Target), Served("my-gpt4", Target), Served("text-embedding-3", Target, mode: "embedding")]);

    [Fact]
    public void Models_and_aliases_are_found_by_their_exact_names()
    {
        snapshot.Find("my-gpt4")!.Name.Should().Be("my-gpt4");
        snapshot.FindTarget("gpt-4", ApiFormat.ChatCompletions).Should().BeSameAs(Target);
        snapshot.Find("GPT-4").Should().BeNull();
        snapshot.Find("gpt-4 ").Should().BeNull();
        snapshot.Find("").Should().BeNull();
    }

    [Fact]
    public void A_model_that_does_not_chat_is_known_and_no_one_to_chat_with()
    {
        snapshot.Find("text-embedding-3").Should().NotBeNull();
        snapshot.FindTarget("text-embedding-3", ApiFormat.ChatCompletions).Should().BeNull();
    }

    [Theory]
    [InlineData("chat", true, true, true, false)]
    [InlineData("responses", false, false, true, false)]
    [InlineData("embedding", false, false, false, true)]
    [InlineData("image_generation", false, false, false, false)]
    public void A_model_answers_through_the_APIs_of_its_mode(string mode, bool chat, bool messages, bool responses, bool embeddings)
    {
        var model = Served("m", Target, mode);

        Enum.GetValues<ApiFormat>().ToDictionary(api => api, model.Answers).Should().Equal(new Dictionary<ApiFormat, bool>
        {
            [ApiFormat.ChatCompletions] = chat,
            [ApiFormat.Messages] = messages,
            [ApiFormat.MessageTokens] = messages,
            [ApiFormat.Responses] = responses,
            [ApiFormat.Embeddings] = embeddings,
        });
    }

    [Fact]
    public void It_tells_all_it_serves_and_of_which_version_it_is()
    {
        snapshot.Models.Select(model => model.Name).Should().BeEquivalentTo("gpt-4", "my-gpt4", "text-embedding-3");
        snapshot.Version.Should().Be(7);
    }

    [Fact]
    public void An_item_of_the_list_says_when_in_whole_seconds() =>
        ModelItem.From(Served("gpt-4", Target)).Should().Be(new ModelItem("gpt-4", 1_767_225_600, "openai"));

    private static ServedModel Served(string name, InferenceTarget target, string mode = "chat") =>
        new(name, "openai", new DateTimeOffset(2026, 1, 1, 0, 0, 0, 900, TimeSpan.Zero), mode, target);
}
