namespace CleanGateway.IntegrationTests.Clients;

internal static partial class Printed
{
    /// <summary>"LiteLLM SQLAlchemy Integration - Testing Guide".</summary>
    public static class TestingGuide000
    {
        public const string Chat =
            """
            curl -sS -w '\nHTTP:%{http_code}\n' \
              -H 'Content-Type: application/json' \
              -H 'Authorization: Bearer TEST_KEY' \
              -X POST http://192.168.10.18:4000/v1/chat/completions \
              -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}'
            """;

        public const string LatestRequests =
            """
            psql "host=192.168.10.19 dbname=litellm_db user=litellm_user sslmode=disable" \
              -c "SELECT id, created_at, request_id, route, model, status_code FROM requests ORDER BY created_at DESC LIMIT 3;"
            """;

        public const string LatestResponses =
            """
            psql "host=192.168.10.19 dbname=litellm_db user=litellm_user sslmode=disable" \
              -c "SELECT r.id AS resp_id, r.created_at, r.latency_ms, req.request_id, req.model FROM responses r JOIN requests req ON r.request_id_fk=req.id ORDER BY r.created_at DESC LIMIT 3;"
            """;

        public const string LatestRequestsHeading = "id  |         created_at         |    request_id    |         route         |    model    | status_code";

        public const string LatestResponsesHeading = "resp_id |         created_at         | latency_ms |    request_id    |    model";

        public const string Health = "curl http://localhost:8000/api/health";

        public const string ChatWithoutKey =
            """
            curl -X POST http://localhost:8000/v1/chat/completions -H "Content-Type: application/json" -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}'
            """;

        public const string DatabaseStatistics = "curl http://localhost:8000/api/db-stats";

        public const string Tables =
            """
            psql "host=192.168.10.19 user=litellm_user dbname=litellm_db" -c "\dt"
            """;
    }

    /// <summary>"LiteLLM SQLAlchemy Integration - Python Backend Demo".</summary>
    public static class Demo003
    {
        public const string ChatWithoutKey =
            """
            curl -X POST http://localhost:8000/v1/chat/completions \
              -H "Content-Type: application/json" \
              -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}'
            """;

        public const string DatabaseStatistics = "curl http://localhost:8000/api/db-stats";

        public const string Requests = "curl http://localhost:8000/api/requests?limit=5";

        public const string Responses = "curl http://localhost:8000/api/responses?limit=5";

        public const string TenRequests = "GET /api/requests?limit=10";

        public const string TenResponses = "GET /api/responses?limit=10";

        public const string Headers =
            """
            X-DB-Overhead: 2.34ms
            X-Total-Latency: 156.78ms
            X-Request-ID: req_1234567890
            """;
    }

    /// <summary>"POC-1 — LiteLLM + SQLAlchemy Integration (Final Closeout Pack)".</summary>
    public static class Closeout004
    {
        public const string Chat =
            """
            curl -sS -X POST http://192.168.10.18:4000/v1/chat/completions \
              -H 'Content-Type: application/json' \
              -H 'Authorization: Bearer TEST_KEY' \
              -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}'
            """;
    }
}
