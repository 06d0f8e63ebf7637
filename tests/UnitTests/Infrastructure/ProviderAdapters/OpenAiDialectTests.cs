using System.Text;
using System.Text.Json.Nodes;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class OpenAiDialectTests
{
    private const int Seed = 20260801;
    private const int Rounds = 1500;

    [Fact]
    public void Whatever_comes_in_goes_out_but_for_the_model_and_the_wish_for_usage()
    {
        for (var round = 0; round < Rounds; round++)
        {
            var random = new Random(Seed + round);
            var json = new RandomChat(random).Json();
            var model = random.Next(3) == 0 ? Chats.Read(json).Model : "up\"stream\\m ö😀<&>\n";

            var sent = Write(json, model);

            var because = $"seed {Seed + round}: {json} became {sent}";
            JsonNode.DeepEquals(Expected(json, model), JsonNode.Parse(sent)).Should().BeTrue("{0}", because);
            ChangeShouldBeOwned(json, model, sent, because);
        }
    }

    [Fact]
    public void The_callers_own_memory_is_sent_when_nothing_has_to_change()
    {
        var chat = Chats.Read(Chats.Hello);

        new OpenAiDialect(Chats.Account()).Write(chat, Chats.Target("m")).Message!.Body.Should().Be(chat.Body);
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true,§"messages":[{}]}""", "")]
    [InlineData("""{"model":"m","stream":true,"stream_options":§,"messages":[{}]}""", "null")]
    [InlineData("""{"model":"m","stream":true,"stream_options":§,"messages":[{}]}""", "{}")]
    [InlineData("""{"model":"m","stream":true,"stream_options":§,"messages":[{}]}""", "{ \n }")]
    [InlineData("""{"model":"m","stream":true,"stream_options":§,"messages":[{}]}""", """{"include_usage":false}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":§,"messages":[{}]}""", """{"include_usage":null}""")]
    [InlineData("""{"messages":[{}],"stream_options":§,"model":"m","stream":true}""", """{"include_obfuscation":false}""")]
    [InlineData("""{"stream_options":§,"messages":[{}],"model":"m","stream":true}""", """{"a":1,"include_usage" : false ,"b":{"include_usage":false}}""")]
    public void A_stream_is_asked_for_its_usage(string form, string options)
    {
        var sent = JsonNode.Parse(Write(form.Replace("§", options, StringComparison.Ordinal), "m"))!;

        sent["stream_options"]!["include_usage"]!.GetValue<bool>().Should().BeTrue();
        sent.AsObject().Should().HaveCount(4);
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{}]}""")]
    [InlineData("""{"model":"m","stream":false,"stream_options":{"include_usage":false},"messages":[{}]}""")]
    [InlineData("""{"model":"m","stream":null,"messages":[{}]}""")]
    [InlineData("""{"model":"m","messages":[{}]}""")]
    public void A_caller_who_asks_already_or_wants_no_stream_is_left_alone(string json) => Write(json, "m").Should().Be(json);

    [Theory]
    [InlineData("""{"model":"m","stream":true,"messages":[{}]}""")]
    [InlineData("""{"model":"m","stream":true,"stream_options":{"include_usage":false},"messages":[{}]}""")]
    public void A_server_that_refuses_stream_options_is_not_asked(string json) => Write(json, "m", asksForUsage: false).Should().Be(json);

    [Theory]
    [InlineData("gpt-4")]
    [InlineData("vendor/model:free")]
    [InlineData("with \"quotes\" and \\backslashes\\")]
    [InlineData("line\nfeed\u0000null")]
    [InlineData("größe-😀")]
    [InlineData("</script>")]
    public void An_alias_is_replaced_by_its_model_whatever_its_name_is_made_of(string model)
    {
        var sent = Write("""{ "a":1.0, "model" : "alias" , "messages":[{}],"z":1e3}""", model);

        JsonNode.Parse(sent)!["model"]!.GetValue<string>().Should().Be(model);
        sent.Should().StartWith("{ \"a\":1.0, \"model\" : ").And.EndWith(" , \"messages\":[{}],\"z\":1e3}");
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{}],"x":"\ud800"}""")]
    [InlineData("""{"model":"m","messages":[{"content":"\u0000"}],"x":1e400}""")]
    public void What_only_the_provider_has_to_understand_passes_as_it_is(string json) =>
        Write(json, "other").Should().Be(json.Replace("\"m\"", "\"other\"", StringComparison.Ordinal));

    [Fact]
    public void A_byte_order_mark_is_not_sent() => Write("\uFEFF" + Chats.Hello, "m").Should().Be(Chats.Hello);

    [Theory]
    [InlineData("https://api.example.com/v1/", "https://api.example.com/v1/chat/completions")]
    [InlineData("http://127.0.0.1:8000/", "http://127.0.0.1:8000/chat/completions")]
    [InlineData("https://example.com/openai/compat/v1/", "https://example.com/openai/compat/v1/chat/completions")]
    public void The_path_is_appended_to_the_base_URL(string baseUrl, string url) =>
        new OpenAiDialect(Chats.Account(baseUrl)).Write(Chats.Read(Chats.Hello), Chats.Target("m")).Message!.Url.Should().Be(new Uri(url));

    private static string Write(string json, string upstreamModel, bool asksForUsage = true) =>
        Chats.Text(new OpenAiDialect(Chats.Account(asksForUsage: asksForUsage)).Write(Chats.Read(json), Chats.Target(upstreamModel)).Message!.Body);

    // What the two fields must come to, said with a document: no code in common with what is tested.
    private static JsonObject Expected(string json, string model)
    {
        var root = JsonNode.Parse(json)!.AsObject();
        root["model"] = model;
        if (root["stream"]?.GetValue<bool>() == true)
        {
            if (root["stream_options"] is null)
                root["stream_options"] = new JsonObject();
            root["stream_options"]!["include_usage"] = true;
        }

        return root;
    }

    // Take the model's value out of both texts: what is left may differ in one stretch, and that is about usage.
    private static void ChangeShouldBeOwned(string json, string model, string sent, string because)
    {
        var before = WithoutModel(json, Chats.Read(json).Model == model ? null : "\u0001", because);
        var after = WithoutModel(sent, Chats.Read(json).Model == model ? null : "\u0001", because);

        var start = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = before[start..].Reverse().Zip(after[start..].Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        var (removed, added) = (before[start..^end], after[start..^end]);

        removed.Should().BeOneOf(["", "null", "false", "fals", "nul"], "{0}", because);
        if (added.Length > 0)
            added.Should().MatchRegex("^[a-z_\":{},]*$", "{0}", because).And.ContainAny("usage", "tru");
    }

    private static string WithoutModel(string json, string? mark, string because)
    {
        if (mark is null)
            return json;

        var chat = Chats.Read(json);
        chat.ModelAt.Length.Should().BePositive("{0}", because);
        var bytes = Encoding.UTF8.GetBytes(json.TrimStart('\uFEFF'));
        return Encoding.UTF8.GetString(bytes[..chat.ModelAt.Start]) + mark + Encoding.UTF8.GetString(bytes[chat.ModelAt.End..]);
    }
}
