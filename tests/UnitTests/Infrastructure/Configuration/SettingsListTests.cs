using CleanGateway.Infrastructure.Configuration;

namespace CleanGateway.UnitTests.Infrastructure.Configuration;

public sealed class SettingsListTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_setting_says_what_it_is_and_where_that_comes_from()
    {
        File.WriteAllText(folder.File(".env"), "REDIS_DB=2\n");
        File.WriteAllText(folder.File("config.yaml"), "REDIS_DB: 3\n\nMAX_IN_FLIGHT: 7\n");

        var list = SettingsList.Of(SettingsSources.Find(TestSettings.Of(("GATEWAY_HTTP_PORT", "many")), folder.Path)).ToDictionary(setting => setting.Name);

        list.Should().HaveCount(KnownSettings.All.Count);
        Of("GATEWAY_HTTP_PORT").Should().Be(("many", SettingOrigin.Environment, "environment"));
        Of("REDIS_DB").Should().Be(("2", SettingOrigin.EnvFile, ".env"));
        Of("MAX_IN_FLIGHT").Should().Be(("7", SettingOrigin.Config, $"{folder.File("config.yaml")}, line 3"));
        Of("LOG_LEVEL").Should().Be(("information", SettingOrigin.Default, null));
        Of("DATABASE_URL").Should().Be((null, SettingOrigin.Default, null));

        (string?, SettingOrigin, string?) Of(string name) => (list[name].Value, list[name].Origin, list[name].Where);
    }

    [Fact]
    public void Secrets_are_masked_wherever_they_come_from_and_references_are_not_followed()
    {
        File.WriteAllText(
            folder.File("config.yaml"),
            "REDIS_PASSWORD: ${SECRET}\nDATABASE_URL: 'postgres://u:hunter2-${SECRET}@db/d'\nREDIS_ADDRESS: ${SECRET}:1\nOPENAI_BASE_URL: 'http://u:hunter2@host/'\n");
        var environment = KnownSettings.All.Where(setting => setting.IsSecret && setting.Name is not ("REDIS_PASSWORD" or "DATABASE_URL"))
            .Select(setting => (setting.Name, "hunter2")).Append(("SECRET", "hunter2")).ToArray();

        var list = SettingsList.Of(SettingsSources.Find(TestSettings.Of(environment), folder.Path)).ToDictionary(setting => setting.Name, setting => setting.Value);

        list.Values.Should().NotContain(value => value != null && value.Contains("hunter2"));
        (list["REDIS_PASSWORD"], list["DATABASE_URL"], list["REDIS_ADDRESS"], list["OPENAI_API_KEY"]).Should().Be(("${SECRET}", "***", "${SECRET}:1", "***"));
        list["OPENAI_BASE_URL"].Should().Be("http://***@host/");
    }

    [Theory]
    [InlineData("http://u:p/w@minio:9000", "http://***@minio:9000")]
    [InlineData("http://u:p@w@minio:9000/x", "http://***@minio:9000/x")]
    [InlineData("http://u:p?w#x@minio:9000?y=z", "http://***@minio:9000?***")]
    [InlineData("//u:p/w@minio", "//***@minio")]
    [InlineData("u:p//w@minio", "***@minio")]
    [InlineData("http://minio:9000/a?key=secret", "http://minio:9000/a?***")]
    [InlineData("http://minio:9000/a", "http://minio:9000/a")]
    public void Passwords_in_urls_are_masked_whatever_they_hold(string text, string shown)
    {
        var settings = SettingsSources.Find(TestSettings.Of([("OPENAI_BASE_URL", text)]), folder.Path);

        SettingsList.Of(settings).Single(setting => setting.Name == "OPENAI_BASE_URL").Value.Should().Be(shown);
    }

    [Fact]
    public void Meanings_are_sentences_without_markup() =>
        SettingsList.Of(SettingsSources.Find(TestSettings.Nothing, folder.Path)).Select(setting => setting.Meaning)
            .Should().OnlyContain(meaning => meaning.Length > 0 && !meaning.Contains('`') && !meaning.Contains("]("));
}
