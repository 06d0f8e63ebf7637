using NSubstitute;

namespace CleanGateway.UnitTests.Application.LiteLlm;

public class ImportLiteLlmTestsProviders : ImportLiteLlmTests
{
    [Theory]
    [InlineData("model: openai/gpt-4o, api_key: os.environ/MY_KEY, organization: org-1",
        "litellm-openai", "openai", "{}", """{"api_key":"env://MY_KEY","organization":"org-1"}""")]
    [InlineData("model: gpt-4o", "litellm-openai", "openai", "{}", """{"api_key":"env://OPENAI_API_KEY"}""")]
    [InlineData("model: openai/facebook/opt-125m, api_base: 'https://vllm.example.com/v1', api_key: none",
        "litellm-openai-vllm.example.com", "openai_compatible", """{"base_url":"https://vllm.example.com/v1"}""", """{"api_key":"none"}""")]
    [InlineData("model: azure/my-deployment, api_base: 'https://eu.openai.azure.com/', api_version: 2024-10-21, api_key: os.environ/AZURE_KEY",
        "litellm-azure-eu.openai.azure.com", "azure", """{"base_url":"https://eu.openai.azure.com/","api_version":"2024-10-21"}""", """{"api_key":"env://AZURE_KEY"}""")]
    [InlineData("model: azure/d, api_base: 'https://eu.openai.azure.com/openai/deployments/d', tenant_id: t-1, client_id: c-1, client_secret: os.environ/S",
        "litellm-azure-eu.openai.azure.com", "azure", """{"base_url":"https://eu.openai.azure.com"}""",
        """{"tenant_id":"t-1","client_id":"c-1","client_secret":"env://S"}""")]
    [InlineData("model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY",
        "litellm-anthropic", "anthropic", "{}", """{"api_key":"env://ANTHROPIC_API_KEY"}""")]
    [InlineData("model: claude-sonnet-4-5, api_base: 'https://api.anthropic.com/v1/messages'",
        "litellm-anthropic-api.anthropic.com", "anthropic", """{"base_url":"https://api.anthropic.com"}""", """{"api_key":"env://ANTHROPIC_API_KEY"}""")]
    [InlineData("model: gemini/gemini-2.5-flash, api_key: os.environ/GEMINI", "litellm-gemini", "gemini", "{}", """{"api_key":"env://GEMINI"}""")]
    [InlineData("model: vertex_ai/gemini-2.5-pro, vertex_project: my-project, vertex_location: europe-west4, vertex_credentials: /etc/google.json",
        "litellm-vertex-ai-my-project-europe-west4", "vertex_ai", """{"project":"my-project","location":"europe-west4"}""",
        """{"service_account":"file:///etc/google.json"}""")]
    [InlineData("model: vertex_ai/gemini-2.5-pro, vertex_project: my-project, vertex_location: global",
        "litellm-vertex-ai-my-project-global", "vertex_ai", """{"project":"my-project","location":"global"}""", """{"google_default":true}""")]
    [InlineData("model: bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0, aws_region_name: eu-central-1, aws_access_key_id: os.environ/A, aws_secret_access_key: os.environ/B",
        "litellm-bedrock-eu-central-1", "bedrock", """{"region":"eu-central-1"}""", """{"access_key_id":"env://A","secret_access_key":"env://B"}""")]
    [InlineData("model: bedrock/m, aws_region_name: us-east-1, aws_access_key_id: os.environ/AWS_ACCESS_KEY_ID, aws_secret_access_key: os.environ/AWS_SECRET_ACCESS_KEY",
        "litellm-bedrock-us-east-1", "bedrock", """{"region":"us-east-1"}""", """{"aws_default":true}""")]
    [InlineData("model: bedrock/us-east-1/amazon.nova-lite-v1:0", "litellm-bedrock-us-east-1", "bedrock", """{"region":"us-east-1"}""", """{"aws_default":true}""")]
    [InlineData("model: ollama/llama3.1", "litellm-ollama", "openai_compatible", """{"base_url":"http://localhost:11434/v1"}""", "{}")]
    [InlineData("model: ollama_chat/llama3.1, api_base: 'http://10.0.0.5:11434'",
        "litellm-ollama-chat-10.0.0.5-11434", "openai_compatible", """{"base_url":"http://10.0.0.5:11434/v1"}""", "{}")]
    [InlineData("model: hosted_vllm/m, api_base: 'https://vllm.example.com:8443/v1'",
        "litellm-hosted-vllm-vllm.example.com-8443", "openai_compatible", """{"base_url":"https://vllm.example.com:8443/v1"}""", "{}")]
    [InlineData("model: groq/llama-3.1-8b-instant", "litellm-groq", "openai_compatible", """{"base_url":"https://api.groq.com/openai/v1"}""",
        """{"api_key":"env://GROQ_API_KEY"}""")]
    [InlineData("model: my-model, custom_llm_provider: mistral, api_key: os.environ/M", "litellm-mistral", "openai_compatible",
        """{"base_url":"https://api.mistral.ai/v1"}""", """{"api_key":"env://M"}""")]
    public async Task A_deployment_becomes_a_provider(string values, string name, string type, string config, string credentials)
    {
        var report = await ImportOneAsync(values);

        report.Made.Select(row => row.Kind).Should().Contain(["provider", "model"], string.Join('\n', report.NotCarriedOver));
        Row(Providers.Should().ContainSingle().Subject).Should().Be((name, type, config, credentials));
    }

    [Theory]
    [InlineData("model: openai/*", "model_list[0].litellm_params.model", "Names with * stand for any model")]
    [InlineData("model: cohere/command-r", "model_list[0].litellm_params.model", "does not speak the language of 'cohere'")]
    [InlineData("model: something", "model_list[0].litellm_params.model", "write it as provider/model")]
    [InlineData("model: azure/d, api_key: x", "model_list[0].litellm_params.api_base", "an Azure resource has an address of its own")]
    [InlineData("model: azure/d, api_base: os.environ/BASE", "model_list[0].litellm_params.api_base", "set BASE and import with the command line")]
    [InlineData("model: azure/d, api_base: 'https://x.openai.azure.com', azure_ad_token: sk-secret", "model_list[0].litellm_params.azure_ad_token", "end after an hour")]
    [InlineData("model: azure/d, api_base: 'https://x.openai.azure.com', api_version: latest, api_key: sk-secret", "model_list[0]", "api_version in config is 'latest'")]
    [InlineData("model: openai/gpt-4o, api_base: 'https://sk-secret@example.com/v1'", "model_list[0]", "'https://***@example.com/v1'")]
    [InlineData("model: openai/gpt-4o, api_key: [sk-secret]", "model_list[0].litellm_params.api_key", "expected text")]
    [InlineData("model: openai/gpt-4o, api_key: os.environ/NO NAME", "model_list[0].litellm_params.api_key", "expected os.environ/ and letters")]
    [InlineData("model: openai/gpt-4o, api_key: sk secret", "model_list[0]", "characters that no HTTP header can carry")]
    [InlineData("model: bedrock/m, aws_region_name: eu-central-1, aws_role_name: r", "model_list[0].litellm_params.aws_role_name", "Roles and profiles")]
    [InlineData("model: bedrock/m", "model_list[0].litellm_params.aws_region_name", "It is missing")]
    [InlineData("model: vertex_ai/m, vertex_project: p, vertex_location: us, vertex_credentials: key.json", "model_list[0].litellm_params.vertex_credentials", "absolute path")]
    [InlineData("model: hosted_vllm/m", "model_list[0].litellm_params.api_base", "It is missing")]
    [InlineData("model: openai/gpt-4o, litellm_credential_name: nobody", "model_list[0].litellm_params.litellm_credential_name", "There is no 'nobody' in credential_list")]
    [InlineData("api_key: sk-secret", "model_list[0].litellm_params.model", "It is missing")]
    public async Task What_cannot_be_reached_from_here_is_reported_and_nothing_of_it_made(string values, string path, string reason)
    {
        var report = await ImportOneAsync(values);

        (Providers.Count, Models.Count, Aliases.Count, report.Made.Count).Should().Be((0, 0, 0, 0));
        var note = report.NotCarriedOver.Should().ContainSingle().Subject;
        note.Path.Should().Be(path);
        note.Reason.Should().Contain(reason).And.NotContain("sk-secret").And.NotContain("sk secret");
        UnitOfWork.ReceivedCalls().Should().BeEmpty();
    }

    [Fact]
    public async Task Addresses_are_taken_from_the_environment_of_the_import_and_secrets_stay_references()
    {
        await ImportOneAsync(
            "model: azure/d, api_base: os.environ/BASE, api_version: os.environ/VERSION, api_key: os.environ/KEY",
            new() { ["BASE"] = "https://x.openai.azure.com", ["VERSION"] = "2024-10-21", ["KEY"] = "sk-secret" });

        Row(Providers.Single()).Should().Be((
            "litellm-azure-x.openai.azure.com", "azure", """{"base_url":"https://x.openai.azure.com","api_version":"2024-10-21"}""", """{"api_key":"env://KEY"}"""));
    }

    [Fact]
    public async Task Addresses_are_taken_from_the_variables_of_the_file_too()
    {
        var report = await ImportAsync(
            """
            environment_variables:
              BASE: https://x.openai.azure.com
            model_list:
            - model_name: m
              litellm_params: {model: azure/d, api_base: os.environ/BASE, api_key: os.environ/KEY}
            """);

        Row(Providers.Single()).Config.Should().Be("""{"base_url":"https://x.openai.azure.com"}""");
        report.NotCarriedOver.Should().ContainSingle(note => note.Path == "environment_variables.BASE");
    }

    [Fact]
    public async Task A_named_credential_of_the_file_is_taken()
    {
        await ImportAsync(
            """
            credential_list:
            - credential_name: mine
              credential_values: {api_key: os.environ/KEY, api_base: 'https://x.openai.azure.com'}
            model_list:
            - model_name: m
              litellm_params: {model: azure/d, litellm_credential_name: mine}
            """);

        Row(Providers.Single()).Credentials.Should().Be("""{"api_key":"env://KEY"}""");
    }

    [Fact]
    public async Task What_differs_in_type_address_or_credentials_is_a_provider_of_its_own_with_a_readable_name()
    {
        await ImportAsync(
            """
            model_list:
            - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/TEAM_A}}
            - {model_name: b, litellm_params: {model: openai/gpt-4o-mini, api_key: os.environ/TEAM_A}}
            - {model_name: c, litellm_params: {model: openai/gpt-4o, api_key: os.environ/TEAM_B}}
            - {model_name: d, litellm_params: {model: openai/gpt-4o, api_key: sk-first-literal-key-1}}
            - {model_name: e, litellm_params: {model: azure/gpt-4o, api_key: os.environ/TEAM_A, api_base: 'https://a.openai.azure.com'}}
            - {model_name: f, litellm_params: {model: azure/gpt-4o, api_key: os.environ/TEAM_A, api_base: 'https://b.openai.azure.com'}}
            """);

        Providers.Select(provider => provider.Name).Should().Equal(
            "litellm-openai", "litellm-openai-team-b", "litellm-openai-2", "litellm-azure-a.openai.azure.com", "litellm-azure-b.openai.azure.com");
        Providers.Select(provider => provider.CredentialsHint).Should().Equal("env://TEAM_A", "env://TEAM_B", "ey-1", "env://TEAM_A", "env://TEAM_A");
        Aliases.Select(alias => (alias.Alias, Providers.Single(provider => provider.Id == alias.ProviderId).Name)).Should().Equal(
            ("a", "litellm-openai"), ("b", "litellm-openai"), ("c", "litellm-openai-team-b"), ("d", "litellm-openai-2"),
            ("e", "litellm-azure-a.openai.azure.com"), ("f", "litellm-azure-b.openai.azure.com"));
    }

    [Theory]
    [InlineData("model: openai/gpt-4o, api_key: sk-literal-key-123456", "api_key", "The file holds this secret itself")]
    [InlineData("model: openai/gpt-4o, api_key: os.environ/K", "api_key", "Read from the variable K: set it in the gateway's environment")]
    [InlineData("model: openai/gpt-4o", "api_key", "taken from the variable OPENAI_API_KEY")]
    [InlineData("model: ollama/llama3", "api_base", "http://localhost:11434 is not https, or not public")]
    [InlineData("model: hosted_vllm/m, api_base: 'https://10.1.2.3/v1'", "api_base", "only after an owner has opened its network")]
    [InlineData("model: bedrock/m, aws_region_name: eu-central-1", "aws_secret_access_key", "AWS's usual places")]
    public async Task What_still_needs_somebody_is_told_without_the_secret(string values, string member, string text)
    {
        var report = await ImportOneAsync(values);

        var advice = report.Advice.Should().ContainSingle().Subject;
        advice.Path.Should().Be($"model_list[0].litellm_params.{member}");
        advice.Reason.Should().Contain(text).And.NotContain("sk-literal");
        Providers.Single().Config.Should().NotContain("allow_cidrs");
    }
}
