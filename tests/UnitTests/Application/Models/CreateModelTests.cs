using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Models;

public class CreateModelTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IModelRepository models = Substitute.For<IModelRepository>();
    private readonly IUnitOfWork unitOfWork = Substitute.For<IUnitOfWork>();

    [Fact]
    public async Task A_model_has_what_it_was_given_to_the_last_digit()
    {
        var item = await HandleAsync(new CreateModel(
            "m", "openai", "chat", new Rate(0.0000000000000000000000000001m), new Rate(0.10m), JsonElement.Parse("""{"cache_read_input_token_cost":5E-7}"""),
            JsonElement.Parse("""{"supports_vision":true}"""), 10, 20, "deployment", DropParams: true));

        item.Should().BeEquivalentTo(new
        {
            Name = "m", LitellmProvider = "openai", Mode = "chat", InputCostPerToken = new RawJson("0.0000000000000000000000000001"),
            OutputCostPerToken = new RawJson("0.1"), Prices = new RawJson("""{"cache_read_input_token_cost":0.0000005}"""),
            Capabilities = new RawJson("""{"supports_vision":true}"""), MaxInputTokens = 10, MaxOutputTokens = 20, UpstreamModel = "deployment", DropParams = true,
            CreatedAt = Now, Etag = "\"0\"",
        });
    }

    [Theory]
    [InlineData("""{"cache_read_input_token_cost":"cheap"}""", null, "prices")]
    [InlineData("""{"cache_read_input_token_cost":-1}""", null, "prices")]
    [InlineData("""{"input_cost_per_token":1}""", null, "prices")]
    [InlineData("""{"colour":1}""", null, "prices")]
    [InlineData("""{"cache_read_input_token_cost":1e-400}""", null, "prices")]
    [InlineData(null, """{"supports_vision":"yes"}""", "capabilities")]
    [InlineData(null, """{"vision":true}""", "capabilities")]
    [InlineData(null, """{"supported_x":"\u0000"}""", "capabilities")]
    [InlineData(null, """{"supported_x":"\ud800"}""", "capabilities")]
    public async Task What_is_no_rate_and_no_capability_is_named(string? prices, string? capabilities, string param)
    {
        var create = () => HandleAsync(new CreateModel("m", "openai", Prices: Json(prices), Capabilities: Json(capabilities)));

        (await create.Should().ThrowAsync<GatewayException>()).Which.Error.Param.Should().Be(param);
        models.ReceivedCalls().Should().NotContain(call => call.GetMethodInfo().Name == nameof(IModelRepository.Add));
    }

    [Theory]
    [InlineData("1e-28", true)]
    [InlineData("1e-29", false)]
    [InlineData("0.12345678901234567890123456789", false)]
    [InlineData("1000000", true)]
    [InlineData("1000000.1", false)]
    [InlineData("-0.1", false)]
    [InlineData("\"1\"", false)]
    public void A_rate_is_exact_or_none(string json, bool isOne)
    {
        var read = () => JsonSerializer.Deserialize<Rate>(json);

        if (isOne)
            read.Should().NotThrow();
        else
            read.Should().Throw<JsonException>();
    }

    [Fact]
    public async Task Two_of_one_name_are_not_made()
    {
        models.FindAsync("m", Arg.Any<CancellationToken>()).Returns(Model.Create("m", Now));

        var create = () => HandleAsync(new CreateModel("m", "openai"));

        (await create.Should().ThrowAsync<GatewayException>()).Which.Error.Code.Should().Be("model_exists");
        unitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    private static JsonElement? Json(string? json) => json is null ? null : JsonElement.Parse(json);

    private Task<CatalogueItem> HandleAsync(CreateModel command) =>
        new CreateModelHandler(models, unitOfWork, new ManualClock(Now)).Handle(command, CancellationToken.None);
}
