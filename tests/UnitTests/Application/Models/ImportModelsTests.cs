using System.Text;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using CleanGateway.Domain.Common;
using NSubstitute;

namespace CleanGateway.UnitTests.Application.Models;

public class ImportModelsTests
{
    private readonly IModelCatalogue catalogue = Substitute.For<IModelCatalogue>();
    private readonly List<CatalogueModel> existing = [];
    private readonly List<CatalogueModel> written = [];

    public ImportModelsTests()
    {
        catalogue.FindAsync(default!, default).ReturnsForAnyArgs(_ => [.. existing]);
        catalogue.WriteAsync(Arg.Do<IReadOnlyCollection<CatalogueModel>>(written.AddRange), Arg.Any<CancellationToken>());
    }

    [Fact]
    public async Task Every_field_finds_its_place_and_keeps_its_digits()
    {
        var import = await ImportAsync(
            """
            {"sample_spec":{"input_cost_per_token":"a text","litellm_provider":5},
             "fallback_generalizations":{"rules":[]},
             "gpt":{"litellm_provider":"openai","mode":"responses","input_cost_per_token":4.5003000000000007e-07,"output_cost_per_token":0,
                    "cache_read_input_token_cost":1.50e-8,"cache_creation_input_token_cost":null,"tiered_pricing":[{"range":[0,32000.0],"input_cost_per_token":1e-6}],
                    "provider_specific_entry":{"us":1.1},"web_search_billing_unit":"per_query","regional_processing_uplift_multiplier_eu":1.10,
                    "max_input_tokens":8192.0,"max_output_tokens":4096,"max_tokens":4096,"supports_vision":true,"supported_modalities":["text"],
                    "source":"https://x","a_new_key":{"b":[1,"\u00e4"]}},
             "bare":{"litellm_provider":"openai"}}
            """);

        (import.Added, import.Changed, import.Unchanged, import.Invalid.Count).Should().Be((2, 0, 0, 0));
        import.Changes.Select(change => (change.Model, change.IsNew, change.Fields.Count)).Should().Equal(("bare", true, 0), ("gpt", true, 0));
        written.Should().Equal(
            new CatalogueModel("bare", "openai", "chat", null, null, null, null, "{}", "{}", "{}"),
            new CatalogueModel(
                "gpt", "openai", "responses", "0.00000045003000000000007", "0", 8192, 4096,
                """{"cache_creation_input_token_cost":null,"cache_read_input_token_cost":0.000000015,"provider_specific_entry":{"us":1.1},"""
                + "\"regional_processing_uplift_multiplier_eu\":1.1,"
                + "\"tiered_pricing\":[{\"input_cost_per_token\":0.000001,\"range\":[0,32000]}],\"web_search_billing_unit\":\"per_query\"}",
                """{"supported_modalities":["text"],"supports_vision":true}""",
                """{"a_new_key":{"b":[1,"ä"]},"max_tokens":4096,"source":"https://x"}"""));
    }

    [Fact]
    public async Task Only_what_is_different_is_written_and_told()
    {
        existing.Add(Model("same"));
        existing.Add(Model("other") with { Prices = """{"cache_read_input_token_cost":0.1,"input_cost_per_second":1}""", Mode = "completion" });

        var import = await ImportAsync(
            """
            {"same":{"litellm_provider":"openai","input_cost_per_token":0.10,"output_cost_per_token":2e-1},
             "other":{"litellm_provider":"openai","input_cost_per_token":0.3,"output_cost_per_token":0.2,"cache_read_input_token_cost":0.1,"supports_vision":true}}
            """);

        (import.Added, import.Changed, import.Unchanged).Should().Be((0, 1, 1));
        written.Should().ContainSingle().Which.Name.Should().Be("other");
        import.Changes.Should().ContainSingle().Which.Fields.Should().Equal(
            Change("input_cost_per_second", "1", null), Change("input_cost_per_token", "0.1", "0.3"), Change("mode", "\"completion\"", "\"chat\""),
            Change("supports_vision", null, "true"));
    }

    [Fact]
    public async Task With_nothing_different_nothing_is_written()
    {
        existing.Add(Model("same"));

        await ImportAsync("""{"same":{"litellm_provider":"openai","input_cost_per_token":0.1,"output_cost_per_token":0.2}}""");

        await catalogue.DidNotReceiveWithAnyArgs().WriteAsync(default!, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_dry_run_tells_the_same_and_writes_nothing()
    {
        const string File = """{"new":{"litellm_provider":"openai","input_cost_per_token":0.1}}""";

        var dry = await ImportAsync(File, dryRun: true);
        written.Should().BeEmpty();
        var real = await ImportAsync(File);

        dry.Should().BeEquivalentTo(real, options => options.Excluding(import => import.DryRun));
        (dry.DryRun, real.DryRun).Should().Be((true, false));
    }

    [Theory]
    [InlineData("""{"input_cost_per_token":-1}""", "input_cost_per_token is -1")]
    [InlineData("""{"input_cost_per_token":"0.1"}""", "input_cost_per_token is \"0.1\"")]
    [InlineData("""{"output_cost_per_token":"NaN"}""", "output_cost_per_token is \"NaN\"")]
    [InlineData("""{"output_cost_per_token":1e-40}""", "output_cost_per_token is 1e-40")]
    [InlineData("""{"output_cost_per_token":1e40}""", "output_cost_per_token is 1e40")]
    [InlineData("""{"cache_read_input_token_cost":true}""", "cache_read_input_token_cost is true")]
    [InlineData("""{"tiered_pricing":5}""", "tiered_pricing is 5")]
    [InlineData("""{"max_input_tokens":"many"}""", "max_input_tokens is \"many\"")]
    [InlineData("""{"max_input_tokens":8192.5}""", "max_input_tokens is 8192.5")]
    [InlineData("""{"max_output_tokens":-1}""", "max_output_tokens is -1")]
    [InlineData("""{"max_output_tokens":99999999999}""", "max_output_tokens is 99999999999")]
    [InlineData("""{"mode":5}""", "mode is 5")]
    [InlineData("""{"supports_vision":"yes"}""", "supports_vision is \"yes\"")]
    [InlineData("""{"litellm_provider":""}""", "litellm_provider is \"\"")]
    [InlineData("""{"litellm_provider":null}""", "litellm_provider is missing")]
    [InlineData("""{"source":"a\u0000b"}""", "NUL")]
    [InlineData("""{"source":"\ud800"}""", "surrogate")]
    [InlineData("""{"source":1e999999}""", "more digits than can be stored")]
    public async Task An_entry_that_cannot_be_is_passed_over_with_the_reason(string entry, string reason)
    {
        var provider = entry.Contains("litellm_provider", StringComparison.Ordinal) ? "" : ",\"litellm_provider\":\"openai\"";
        var import = await ImportAsync($$$"""{"bad":{{{entry[..^1]}}}{{{provider}}} },"good":{"litellm_provider":"openai"}}""");

        import.Invalid.Should().ContainSingle().Which.Should().Match<InvalidModel>(
            invalid => invalid.Model == "bad" && invalid.Reason.Contains(reason, StringComparison.Ordinal));
        written.Should().ContainSingle().Which.Name.Should().Be("good");
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("\"  \"")]
    [InlineData("\"a\\nb\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("\"LONG\"")]
    public async Task A_name_that_cannot_be_is_passed_over(string name)
    {
        var import = await ImportAsync($$"""{{{name.Replace("LONG", new string('x', 257), StringComparison.Ordinal)}}:{"litellm_provider":"openai"},"b":5}""");

        import.Invalid.Should().HaveCount(2).And.Contain(invalid => invalid.Model == "b" && invalid.Reason.StartsWith("the entry is 5", StringComparison.Ordinal));
        written.Should().BeEmpty();
    }

    [Theory]
    [InlineData("[]", "no JSON object")]
    [InlineData("", "not valid JSON")]
    [InlineData("{\"a\":", "not valid JSON")]
    [InlineData("{} {}", "not valid JSON")]
    [InlineData("""{"a":{},"a":{}}""", "'a' is there twice")]
    [InlineData("""{"a":{"mode":"chat","mode":"chat"}}""", "'mode' is there twice")]
    public async Task What_is_no_catalogue_is_refused_whole(string file, string reason)
    {
        var import = () => ImportAsync(file);

        (await import.Should().ThrowAsync<GatewayException>()).Which.Error.Message.Should().Contain(reason);
        catalogue.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task A_byte_order_mark_does_not_matter() =>
        (await ImportAsync("\uFEFF{\"new\":{\"litellm_provider\":\"openai\"}}")).Added.Should().Be(1);

    [Fact]
    public void A_file_has_a_limit()
    {
        var validator = new ImportModelsValidator();

        validator.Validate(new ImportModels(new byte[ImportModels.MaxFileBytes])).IsValid.Should().BeTrue();
        validator.Validate(new ImportModels(new byte[ImportModels.MaxFileBytes + 1])).Errors.Should().ContainSingle()
            .Which.ErrorMessage.Should().Be("The file has 67108865 bytes: allowed are 67108864.");
    }

    private static CatalogueModel Model(string name) => new(name, "openai", "chat", "0.1", "0.2", null, null, "{}", "{}", "{}");

    private static FieldChange Change(string field, string? before, string? after) => new(field, RawJson.From(before), RawJson.From(after));

    private Task<ModelImport> ImportAsync(string file, bool dryRun = false) =>
        new ImportModelsHandler(catalogue).Handle(new ImportModels(Encoding.UTF8.GetBytes(file), dryRun), TestContext.Current.CancellationToken);
}
