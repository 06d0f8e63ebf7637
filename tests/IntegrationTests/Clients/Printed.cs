namespace CleanGateway.IntegrationTests.Clients;

/// <summary>
/// What the source documents print, word for word: commands to be run, answers to be given. A class for each document,
/// named with its number.
/// </summary>
internal static partial class Printed
{
    /// <summary>"Testing the LLM Gateway".</summary>
    public static class Guide001
    {
        public const string InsertProvider =
            """
            -- Create an OpenAI provider
            INSERT INTO providers (id, name, display_name, provider_type, encrypted_credentials, config, enabled)
            VALUES (
                gen_random_uuid(),
                'openai-main',
                'OpenAI',
                'openai',
                '{"api_key": "sk-proj-YOUR_OPENAI_API_KEY_HERE"}',  -- Will be encrypted by app
                '{"base_url": "https://api.openai.com/v1"}',
                true
            );
            """;

        public const string InsertKey =
            """
            -- Create a test API key
            -- Key will be: "test-key-12345"
            -- Hash: SHA256("test-key-12345")
            INSERT INTO api_keys (id, name, key_hash, enabled, rate_limit, monthly_budget)
            VALUES (
                gen_random_uuid(),
                'Test Key',
                encode(sha256('test-key-12345'::bytea), 'hex'),
                true,
                100,  -- 100 requests per minute
                10.0  -- $10 monthly budget
            );
            """;

        public const string InsertModel =
            """
            -- Add GPT-4 model (assuming you have the BerriAI model catalog synced)
            -- If not, you can add it manually:
            INSERT INTO models (id, model_name, litellm_provider, input_cost_per_token, output_cost_per_token, mode)
            VALUES (
                gen_random_uuid(),
                'gpt-4',
                'openai',
                0.00003,  -- $0.03 per 1K input tokens
                0.00006,  -- $0.06 per 1K output tokens
                'chat'
            );
            """;

        public const string InsertAlias =
            """
            -- Create a model alias (optional)
            INSERT INTO model_aliases (id, alias, target_model_id, provider_id, enabled)
            VALUES (
                gen_random_uuid(),
                'my-gpt4',
                (SELECT id FROM models WHERE model_name = 'gpt-4'),
                (SELECT id FROM providers WHERE name = 'openai-main'),
                true
            );
            """;

        /// <summary>"Setup Test Data", after the line that calls psql.</summary>
        public const string TestData = InsertProvider + "\n\n" + InsertKey + "\n\n" + InsertModel + "\n\n" + InsertAlias;

        public const string BasicChat =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type: application/json" \
              -H "Authorization: Bearer test-key-12345" \
              -d '{
                "model": "gpt-4",
                "messages": [
                  {"role": "user", "content": "Say hello!"}
                ],
                "temperature": 0.7
              }'
            """;

        public const string StreamingChat =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type: application/json" \
              -H "Authorization: Bearer test-key-12345" \
              -d '{
                "model": "gpt-4",
                "messages": [
                  {"role": "user", "content": "Count to 5"}
                ],
                "stream": true
              }'
            """;

        public const string ChatByAlias =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type: application/json" \
              -H "Authorization: Bearer test-key-12345" \
              -d '{
                "model": "my-gpt4",
                "messages": [
                  {"role": "user", "content": "Hello!"}
                ]
              }'
            """;

        public const string Health = "curl http://localhost:8080/health";

        public const string InvalidKey =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type: application/json" \
              -H "Authorization: Bearer invalid-key" \
              -d '{
                "model": "gpt-4",
                "messages": [{"role": "user", "content": "Hello"}]
              }'
            """;

        public const string InvalidKeyAnswer =
            """
            {
              "error": {
                "message": "invalid API key",
                "type": "invalid_request_error",
                "code": 401
              }
            }
            """;

        public const string MissingHeader =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type: application/json" \
              -d '{
                "model": "gpt-4",
                "messages": [{"role": "user", "content": "Hello"}]
              }'
            """;

        public const string MissingHeaderAnswer =
            """
            {
              "error": {
                "message": "missing or invalid Authorization header",
                "type": "invalid_request_error",
                "code": 401
              }
            }
            """;

        /// <summary>With a quote too many, which no shell reads as meant.</summary>
        public const string UnknownModel =
            """
            curl -X POST http://localhost:8080/v1/chat/completions \
              -H "Content-Type": application/json" \
              -H "Authorization: Bearer test-key-12345" \
              -d '{
                "model": "gpt-99",
                "messages": [{"role": "user", "content": "Hello"}]
              }'
            """;

        public const string UnknownModelAnswer =
            """
            {
              "error": {
                "message": "unknown model: gpt-99",
                "type": "invalid_request_error",
                "code": 400
              }
            }
            """;

        public const string TooManyRequests =
            """
            for i in {1..101}; do
              curl -X POST http://localhost:8080/v1/chat/completions \
                -H "Content-Type: application/json" \
                -H "Authorization: Bearer test-key-12345" \
                -d '{
                  "model": "gpt-4",
                  "messages": [{"role": "user", "content": "Test"}],
                  "max_tokens": 1
                }' &
            done
            """;

        public const string TooManyRequestsAnswer =
            """
            {
              "error": {
                "message": "rate limit exceeded",
                "type": "invalid_request_error",
                "code": 429
              }
            }
            """;

        public const string BudgetExceededAnswer =
            """
            {
              "error": {
                "message": "monthly budget exceeded",
                "type": "invalid_request_error",
                "code": 402
              }
            }
            """;

        /// <summary>"Check Rate Limit Status (Redis)", after the line that calls redis-cli.</summary>
        public const string RateLimitStatus =
            """
            > ZCARD rate_limit:<api-key-id>
            > ZRANGE rate_limit:<api-key-id> 0 -1 WITHSCORES
            """;

        /// <summary>"Check Billing Status (Redis)", after the line that calls redis-cli.</summary>
        public const string BillingStatus = "> GET cost:<api-key-id>:2025:01";

        public const string KeyUsage =
            """
            -- Check API key usage
            SELECT
                ak.name,
                COUNT(ur.*) as total_requests,
                SUM(ur.total_cost_usd) as total_cost,
                MAX(ur.created_at) as last_request
            FROM api_keys ak
            LEFT JOIN usage_records ur ON ur.api_key_id = ak.id
            GROUP BY ak.id, ak.name;
            """;

        public const string MonthlySummaries =
            """
            -- Check monthly summaries
            SELECT
                ak.name,
                mus.year,
                mus.month,
                mus.total_requests,
                mus.total_cost_usd
            FROM monthly_usage_summary mus
            JOIN api_keys ak ON ak.id = mus.api_key_id
            ORDER BY mus.year DESC, mus.month DESC;
            """;

        public const string ProviderStatus =
            """
            -- Check provider status
            SELECT
                name,
                display_name,
                provider_type,
                enabled,
                created_at
            FROM providers;
            """;

        public const string NodeSnippet =
            """
            import OpenAI from 'openai';

            const client = new OpenAI({
              apiKey: 'test-key-12345',
              baseURL: 'http://localhost:8080/v1'
            });

            const response = await client.chat.completions.create({
              model: 'gpt-4',
              messages: [
                { role: 'user', content: 'Hello!' }
              ]
            });

            console.log(response.choices[0].message.content);
            """;

        public const string Load =
            """
            ab -n 1000 -c 10 \
               -H "Authorization: Bearer test-key-12345" \
               -H "Content-Type: application/json" \
               -p payload.json \
               http://localhost:8080/v1/chat/completions
            """;

        public const string LoadPayload =
            """
            {
              "model": "gpt-4",
              "messages": [
                {"role": "user", "content": "Test"}
              ],
              "max_tokens": 1
            }
            """;

        /// <summary>"Check Log Buffer (Redis)", after the line that calls redis-cli.</summary>
        public const string LogBuffer =
            """
            > LLEN gateway:logs
            > LRANGE gateway:logs 0 10
            """;

        public const string DatabaseAnswers = "psql $DATABASE_URL -c \"SELECT 1\"";

        public const string FindModel = "SELECT model_name, litellm_provider FROM models WHERE model_name = 'gpt-4';";

        public const string FindProviders = "SELECT name, provider_type, enabled FROM providers;";

        public const string UpdateCredentials =
            """
            UPDATE providers
            SET encrypted_credentials = '{"api_key": "sk-proj-YOUR_NEW_KEY"}'
            WHERE name = 'openai-main';
            """;

        /// <summary>An error on every server: the view has no such column.</summary>
        public const string Activity = "SELECT pg_stat_statements FROM pg_stat_activity;";
    }
}
